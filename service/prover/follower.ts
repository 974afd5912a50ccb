import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger } from 'fastify'
import type { ChainIdentity, ChainReader } from './chain/index.ts'
import type { Issuer } from './checkpoints/index.ts'
import type { Indexer, Round } from './indexer/index.ts'

type Options = {
  readonly chain: ChainReader
  readonly indexer: Indexer
  readonly issuer: Issuer
  readonly log: FastifyBaseLogger
  /** The chain that was signed for so far. */
  readonly identity: ChainIdentity
  /** Milliseconds between two looks at the chain. */
  readonly pollMs: number
}

/** How it goes; `fault` is why nothing is signed at the moment. */
export type Progress = {
  readonly block: bigint | undefined
  readonly fault: { readonly code: string; readonly message: string } | undefined
}

const longestPause = 15_000

/** Looks at the chain again and again: reads, checks, signs. Never more than one look at a time. */
export class Follower {
  readonly #options: Options
  readonly #stop = new AbortController()
  #failures = 0
  #running: Promise<void> | undefined
  #progress: Progress = { block: undefined, fault: undefined }

  constructor(options: Options) {
    this.#options = options
  }

  get progress(): Progress {
    return this.#progress
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the look that is under way is over. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look()
      const pause = Math.min(this.#options.pollMs * 2 ** Math.min(this.#failures, 10), longestPause)
      await sleep(pause, this.#stop.signal)
    }
  }

  async #look(): Promise<void> {
    try {
      await this.#follow()
      if (this.#failures > 0) this.#options.log.info('The chain is followed again.')
      this.#failures = 0
      this.#progress = { ...this.#progress, fault: undefined }
    } catch (error) {
      this.#failures += 1
      const code = error instanceof BaseError ? error.code : 'prover.failed'
      const message = error instanceof Error ? error.message : String(error)
      if (this.#progress.fault?.message !== message) this.#options.log.error({ err: error, code }, message)
      this.#progress = { ...this.#progress, fault: { code, message } }
    }
  }

  async #follow(): Promise<void> {
    const { chain, indexer, issuer, identity } = this.#options
    if (this.#failures > 0 || this.#progress.block === undefined) await requireChain(chain, identity)
    const round = await indexer.sync()
    this.#report(round)
    if (!round.block) return
    this.#progress = { ...this.#progress, block: round.block.number }
    if (!(await indexer.verify(round.block))) return
    const issued = await issuer.issue(round.block)
    if (issued > 0) this.#options.log.info({ issued, block: String(round.block.number) }, 'Signed checkpoints.')
  }

  #report({ added, rolledBackTo }: Round): void {
    const { log } = this.#options
    if (rolledBackTo !== undefined) log.warn({ to: String(rolledBackTo) }, 'The chain was reorganised; went back.')
    if (added > 0) log.info({ added }, 'Read operations of the note log.')
  }
}

async function requireChain(chain: ChainReader, expected: ChainIdentity): Promise<void> {
  const { chainId, genesis } = await chain.identity()
  if (chainId === expected.chainId && genesis === expected.genesis) return
  throw new ChainWrongError(
    `Expected chain ${expected.chainId} from ${expected.genesis}, found ${chainId} from ${genesis}.`,
  )
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

/** The endpoint serves another chain than the one that was signed for so far. */
export class ChainWrongError extends BaseError {
  readonly code = 'chain.wrong'
}
