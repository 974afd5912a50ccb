import { pause } from '@pennypost/sdk/async'
import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from '../plugins/clock.ts'
import { type ChainIdentity, type ChainReader, ChainWrongError, type Endpoints } from './chain/index.ts'
import type { Issuer } from './checkpoints/index.ts'
import type { Indexer, Round } from './indexer/index.ts'
import type { Ledger } from './ledger/index.ts'
import type { Metrics } from './metrics.ts'
import type { BlockRef } from './store/index.ts'

type Options = {
  readonly chain: ChainReader
  /** Where the chain is read. */
  readonly endpoints: Pick<Endpoints, 'begin' | 'doubt'>
  readonly indexer: Indexer
  readonly ledger: Ledger
  readonly issuer: Pick<Issuer, 'issue'>
  readonly log: FastifyBaseLogger
  readonly metrics: Metrics
  /** The chain that was signed for so far. */
  readonly identity: ChainIdentity
  readonly clock: Clock
  /** Milliseconds between two requests to the chain. */
  readonly pollMs: number
}

/** How it goes; `fault` is why nothing is signed at the moment. */
export type Progress = {
  /** The newest block that counts. */
  readonly head: bigint | undefined
  /** When all was well the last time, unix seconds. */
  readonly wellAt: number | undefined
  readonly fault: { readonly code: string; readonly message: string } | undefined
}

const longestPause = 15_000

/** What another endpoint may know better. */
const doubtful: readonly string[] = ['log.broken', 'log.shrunk', 'ledger.broken', 'chain.unavailable']

/** Looks at the chain again and again: reads, checks, signs. Never more than one look at a time. */
export class Follower {
  readonly #options: Options
  readonly #stop = new AbortController()
  #failures = 0
  #running: Promise<void> | undefined
  /** The block to whose end all was read and agreed, by its hash: nothing is read twice. */
  #read: string | undefined
  #progress: Progress = { head: undefined, wellAt: undefined, fault: undefined }

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
      const delay = Math.min(this.#options.pollMs * 2 ** Math.min(this.#failures, 10), longestPause)
      await pause(delay, this.#stop.signal).catch(() => undefined) // the loop ends itself
    }
  }

  async #look(): Promise<void> {
    const { log, metrics, clock } = this.#options
    try {
      await this.#follow()
      if (this.#failures > 0) log.info('Following the chain again.')
      this.#failures = 0
      this.#progress = { ...this.#progress, wellAt: clock(), fault: undefined }
    } catch (error) {
      this.#failures += 1
      this.#read = undefined
      const code = error instanceof BaseError ? error.code : 'server.failed'
      const message = error instanceof Error ? error.message : String(error)
      if (this.#progress.fault?.message !== message) log.error({ err: error, code }, message)
      this.#progress = { ...this.#progress, fault: { code, message } }
      metrics.faults.inc({ code })
      if (doubtful.includes(code)) this.#options.endpoints.doubt(error)
    }
  }

  async #follow(): Promise<void> {
    const { chain, endpoints, issuer, identity, log, metrics } = this.#options
    endpoints.begin()
    if (this.#failures > 0 || !this.#progress.wellAt) await requireChain(chain, identity)
    const head = await chain.head()
    if (!head) return
    this.#progress = { ...this.#progress, head: head.number }
    metrics.head.set(Number(head.number))

    if (head.hash !== this.#read && !(await this.#readUntil(head))) return
    this.#read = head.hash
    const issued = await issuer.issue(head)
    metrics.checkpoints.inc(issued)
    if (issued > 0) log.info({ issued, block: String(head.number) }, 'Signed checkpoints.')
  }

  /** Reads to the end of a block, and compares all of it with the contracts; false where the chain has moved on meanwhile. */
  async #readUntil(head: BlockRef): Promise<boolean> {
    const { indexer, ledger } = this.#options
    const round = await indexer.sync(head)
    this.#report(round)
    if (!round.block || !(await indexer.verify(round.block))) return false
    return (await ledger.sync(round.block)) && (await ledger.verify(round.block))
  }

  #report({ block, added, rolledBackTo }: Round): void {
    const { log, metrics } = this.#options
    metrics.operations.inc(added)
    if (block) metrics.block.set(Number(block.number))
    if (added > 0) log.info({ added }, 'Read operations of the note log.')
    if (rolledBackTo === undefined) return
    metrics.rollbacks.inc()
    log.warn({ to: String(rolledBackTo) }, 'The chain was reorganised; rolled back.')
  }
}

async function requireChain(chain: ChainReader, expected: ChainIdentity): Promise<void> {
  const { chainId, genesis } = await chain.identity()
  if (chainId === expected.chainId && genesis === expected.genesis) return
  throw new ChainWrongError(
    `Expected chain ${expected.chainId} from ${expected.genesis}, found ${chainId} from ${genesis}.`,
  )
}
