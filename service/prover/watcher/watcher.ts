import { pause } from '@pennypost/sdk/async'
import { toBytes32, toHex } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger } from 'fastify'
import type { CheckpointWatcher } from '../disputes/index.ts'
import type { Metrics } from '../metrics.ts'
import type { Matcher } from './matcher.ts'
import type { LeakReader } from './read-leaks.ts'
import { isOver, type Outcome, type Reporter, type Target } from './reporter.ts'

type Options = {
  /** By the node's URL. */
  readonly readers: ReadonlyMap<string, LeakReader>
  readonly matcher: Matcher
  readonly reporter: Reporter
  /** Looks at the network's checkpoints, too, where there is a registry. */
  readonly checkpoints?: Pick<CheckpointWatcher, 'look'> | undefined
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn'>
  readonly metrics: Pick<Metrics, 'faults' | 'cheaters' | 'slashed'>
  /** Milliseconds between two looks. */
  readonly pauseMs: number
}

/** What went wrong the last time. */
export type Fault = { readonly code: string; readonly message: string }

/** A cheater, and how far its punishment is. */
export type Report = {
  readonly contract: string
  readonly staker: string
  readonly classNumber: number
  readonly leafIndex: number
  /** Hex; undefined if the stake is false by what it declared. */
  readonly secret: string | undefined
  readonly status: Outcome
  readonly fault: Fault | undefined
}

type Entry = { readonly target: Target; status: Outcome; fault: Fault | undefined; lastLook: number }

/** Reports that are worked on in one look. */
const actsPerLook = 20
const isSlashed = (status: Outcome): boolean => status === 'slashed' || status === 'rewarded'

/** Reads the topics of leaks again and again, and has those slashed whose secrets are there. */
export class Watcher {
  readonly #options: Options
  readonly #stop = new AbortController()
  readonly #entries: Entry[] = []
  readonly #nodes = new Map<string, Fault | undefined>()
  #looks = 0
  #running: Promise<void> | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** Every cheater that was found since the start. */
  get reports(): Report[] {
    return this.#entries.map(({ target: { stake, secret }, status, fault }) => {
      const { contract, staker, classNumber, leafIndex } = stake
      const hex = secret === undefined ? undefined : toHex(toBytes32(secret))
      return { contract, staker, classNumber, leafIndex, secret: hex, status, fault }
    })
  }

  /** Nodes that were asked, and why one does not answer. */
  get nodes(): ReadonlyMap<string, Fault | undefined> {
    return this.#nodes
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the look that is under way is over. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  /** One look at every node, and one step for every cheater. */
  async look(): Promise<void> {
    const pages = await Promise.all([...this.#options.readers].map(([url, read]) => this.#read(url, read)))
    await this.#match(pages.flat())
    await this.#options.checkpoints?.look()
    this.#looks += 1
    const open = this.#entries.filter(({ status }) => !isOver(status)).sort((a, b) => a.lastLook - b.lastLook)
    for (const entry of open.slice(0, actsPerLook)) if (!this.#stop.signal.aborted) await this.#act(entry)
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.look()
      await pause(this.#options.pauseMs, this.#stop.signal).catch(() => undefined) // the loop ends itself
    }
  }

  async #read(url: string, read: LeakReader): ReturnType<LeakReader> {
    try {
      const leaks = await read()
      this.#nodes.set(url, undefined)
      return leaks
    } catch (error) {
      this.#nodes.set(url, this.#note(error, this.#nodes.get(url)))
      return []
    }
  }

  async #match(leaks: Awaited<ReturnType<LeakReader>>): Promise<void> {
    try {
      for (const target of await this.#options.matcher(leaks)) {
        this.#entries.push({ target, status: 'found', fault: undefined, lastLook: 0 })
        this.#options.metrics.cheaters.inc()
        this.#options.log.warn({ staker: target.stake.staker }, 'A cheater was found.')
      }
    } catch (error) {
      this.#note(error, undefined)
    }
  }

  async #act(entry: Entry): Promise<void> {
    const { reporter, log, metrics } = this.#options
    entry.lastLook = this.#looks
    try {
      const before = entry.status
      const after = await reporter.act(entry.target)
      entry.status = after === 'found' && before === 'committed' ? before : after // no chain says what is committed
      entry.fault = undefined
      if (isSlashed(before) || !isSlashed(entry.status)) return
      metrics.slashed.inc()
      log.info({ staker: entry.target.stake.staker }, 'A cheater was slashed.')
    } catch (error) {
      if (!this.#stop.signal.aborted) entry.fault = this.#note(error, entry.fault)
    }
  }

  /** Counts a fault, and logs it unless it is the same as before. */
  #note(error: unknown, before: Fault | undefined): Fault {
    const code = error instanceof BaseError ? error.code : 'leaks.unreadable'
    const message = error instanceof Error ? error.message : String(error)
    this.#options.metrics.faults.inc({ code })
    if (before?.message !== message) this.#options.log.warn({ err: error, code }, message)
    return { code, message }
  }
}
