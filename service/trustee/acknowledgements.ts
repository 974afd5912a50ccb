import { pause } from '@pennypost/sdk/async'
import type { Entry } from './book.ts'
import type { Channels } from './channels.ts'
import type { Context } from './context.ts'
import { delayAfter } from './delays.ts'
import { openEntry } from './opened.ts'
import type { Send } from './send.ts'

/** Between two times that channels are added to a subscription. */
const pacing = 1_000
const atOnce = 8

type Edges = { readonly channels: Pick<Channels, 'listen' | 'readStart'>; readonly send: Send }
type Tried = { readonly attempts: number; readonly nextAt: number }

/** Tells depositors that what they deposited is held. */
export class Acknowledgements {
  readonly #context: Context
  readonly #edges: Edges
  readonly #waiting = new Set<Entry>()
  /** What was tried and is not known to be out, and when it is tried again. */
  readonly #tried = new WeakMap<Entry, Tried>()
  #wake = () => {}

  constructor(context: Context, edges: Edges) {
    this.#context = context
    this.#edges = edges
    context.signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  /** Has one published soon, once its channel is listened to. */
  add(entry: Entry): void {
    this.#waiting.add(entry)
    this.#wake()
  }

  /** Adds all that were not published yet, but for those that must wait. */
  addMissing(): void {
    const now = this.#context.clock()
    for (const entry of this.#context.book.all()) {
      if (!entry.isAcknowledged && now >= (this.#tried.get(entry)?.nextAt ?? 0)) this.#waiting.add(entry)
    }
    if (this.#waiting.size > 0) this.#wake()
  }

  /** Ends when the trustee does. */
  async run(): Promise<void> {
    const { signal } = this.#context
    while (!signal.aborted) {
      if (this.#waiting.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
      if (signal.aborted) return
      await this.#step()
      await pause(pacing, signal)
    }
  }

  async #step(): Promise<void> {
    const entries = [...this.#waiting]
    this.#waiting.clear()
    for (const entry of entries) this.#delay(entry)
    await this.#edges.channels.listen(entries)
    for (let start = 0; start < entries.length; start += atOnce)
      await Promise.all(entries.slice(start, start + atOnce).map((entry) => this.#publish(entry)))
  }

  /** Not before what its depositor has said is done: the next run reads no start of what is acknowledged. */
  async #publish(entry: Entry): Promise<void> {
    const { account, store, metrics } = this.#context
    const isRead = entry.isAcknowledged ? 'done' : await this.#edges.channels.readStart(entry)
    if (isRead === 'more') this.#waiting.add(entry)
    if (isRead !== 'done') return
    const opened = await openEntry(this.#context, entry)
    if (!opened) return
    const { row, deposit } = opened
    if (row.state === 'held') {
      if (!(await this.#edges.send(deposit, account.acknowledge(deposit)))) return
      metrics.acknowledged.inc()
    }
    if (!entry.isAcknowledged) await store.acknowledged(entry.number)
    entry.isAcknowledged = true
  }

  #delay(entry: Entry): void {
    const attempts = this.#tried.get(entry)?.attempts ?? 0
    this.#tried.set(entry, { attempts: attempts + 1, nextAt: this.#context.clock() + delayAfter(attempts) })
  }
}
