import type { TrusteeChannelsOptions } from '@pennypost/sdk'
import { pause } from '@pennypost/sdk/async'
import { toHex } from '@pennypost/sdk/crypto'
import { groupBy } from '@pennypost/sdk/group-by'
import type { Entry } from './book.ts'
import type { Context } from './context.ts'
import { FairQueue } from './fair-queue.ts'
import { codeOf } from './fault-code.ts'
import { catchUp, isCaughtUp, type LateChannel } from './late-channel.ts'
import { readStart, type Start } from './read-start.ts'

type Arrived = Parameters<TrusteeChannelsOptions['receive']>[0]
type Receive = (entry: Entry, message: Uint8Array) => Promise<void>

/** One subscription, and how far it was read: up to before the first that is still worked on. */
type Shard = {
  readonly index: number
  readonly name: string
  readonly stream: ReturnType<Context['account']['channels']>
  readonly working: Set<bigint>
  last: bigint
  saved: bigint
}

/** So many channels share a subscription: adding one asks for all of them anew. */
const shardSize = 1_000
/** Of 64 KiB at most; what is said beyond is read again from the node. */
const [mostWaiting, mostOfOne] = [1_024, 16]
const workers = 8
const [firstRetry, longestRetry] = [500, 15_000]

/** Listens to the channels of all deposits. */
export class Channels {
  readonly #context: Context
  readonly #receive: Receive
  readonly #queue: FairQueue
  readonly #shards = new Map<number, Promise<Shard>>()
  readonly #starts = new WeakMap<Entry, Start | 'done'>()
  readonly #late = new Map<string, LateChannel & { readonly index: number }>()

  constructor(context: Context, receive: Receive) {
    this.#context = context
    this.#receive = receive
    const { signal } = context
    this.#queue = new FairQueue({
      workers,
      mostOfOne,
      most: mostWaiting,
      onError: (error) => this.#tell(error),
      signal,
    })
  }

  /** Listens to more, from now on where they are new; resolves once the node listens. */
  async listen(entries: readonly Entry[]): Promise<void> {
    for (const [index, some] of groupBy(entries, shardOf)) {
      await this.#untilDone(async () => {
        const { stream } = await this.#shard(index)
        await stream.add(
          some.map(({ topic }) => topic),
          'now',
        ) // all at once: the first are listened to from where it was kept
      })
    }
  }

  /**
   * Works on some more of what was said on a channel before it was listened to, once: `done` where that is all of it, `failed` where the
   * node or the database is away.
   */
  async readStart(entry: Entry): Promise<'done' | 'more' | 'failed'> {
    const start = this.#starts.get(entry) ?? { cursor: undefined, units: 0 }
    if (start === 'done') return 'done'
    try {
      const reading = { topic: entry.topic, ...start }
      const next = await readStart(this.#context, reading, (message) => this.#receive(entry, message))
      this.#starts.set(entry, next ?? 'done')
      return next ? 'more' : 'done'
    } catch (error) {
      this.#tell(error)
      return 'failed'
    }
  }

  /** Stops listening where nothing is held any more. */
  prune(): void {
    const live = new Set([...this.#context.book.all()].map(shardOf))
    for (const [index, shard] of this.#shards) {
      if (live.has(index)) continue
      this.#shards.delete(index)
      void shard.then(({ stream }) => stream.close())
    }
  }

  /** Waits for what is being worked on, and keeps how far all was read. */
  async close(): Promise<void> {
    const open = await Promise.all(this.#shards.values())
    for (const { stream } of open) stream.close()
    await this.#queue.idle()
    for (const shard of open) await this.#keep(shard)
  }

  #shard(index: number): Promise<Shard> {
    const known = this.#shards.get(index)
    if (known) return known
    const opening = this.#open(index).catch((error) => {
      this.#shards.delete(index)
      throw error
    })
    this.#shards.set(index, opening)
    return opening
  }

  async #open(index: number): Promise<Shard> {
    const { account, store, book } = this.#context
    const name = `channels ${toHex(account.nodeKey)} ${index}`
    const after = await store.position(name)
    const stream = account.channels({
      after,
      receive: async (envelope) => this.#arrive(shard, envelope),
      onError: (error) => {
        this.#tell(error)
        this.#shards.delete(index)
        stream.close()
        this.listen([...book.all()].filter((entry) => shardOf(entry) === index)).catch((failed) => this.#tell(failed))
      },
    })
    const shard: Shard = { index, name, stream, working: new Set(), last: after, saved: after }
    return shard
  }

  #arrive(shard: Shard, { contentTopic: topic, message, sequence }: Arrived): void {
    if (sequence === undefined) return // nodes number all that they stream
    if (sequence > shard.last) shard.last = sequence
    const entry = this.#context.book.at(topic)
    const late = this.#late.get(topic)
    if (late) late.newest = sequence > late.newest ? sequence : late.newest
    else if (entry && this.#queue.hasRoom(topic)) this.#serve(shard, entry, { message, sequence })
    else if (entry) this.#fallBehind(shard, topic, sequence)
  }

  #serve(shard: Shard, entry: Entry, { message, sequence }: { message: Uint8Array; sequence: bigint }): void {
    shard.working.add(sequence)
    this.#queue.push(entry.topic, async () => {
      await this.#receive(entry, message)
      shard.working.delete(sequence)
      if (shard.working.size === 0) this.#save(shard)
    })
  }

  #fallBehind(shard: Shard, topic: string, sequence: bigint): void {
    const late = { topic, index: shard.index, next: sequence, newest: sequence }
    this.#late.set(topic, late)
    const turn = async (): Promise<void> => {
      const entry = this.#context.book.at(topic)
      if (entry) await catchUp(this.#context, late, (message) => this.#receive(entry, message))
      if (entry && !isCaughtUp(late)) return this.#queue.push(topic, turn)
      this.#late.delete(topic)
      this.#save(shard)
    }
    this.#queue.push(topic, turn)
  }

  #save(shard: Shard): void {
    this.#keep(shard).catch((error) => this.#tell(error))
  }

  async #keep(shard: Shard): Promise<void> {
    const late = [...this.#late.values()].filter(({ index }) => index === shard.index).map(({ next }) => next)
    const [first] = [...shard.working, ...late].sort((a, b) => (a < b ? -1 : 1))
    const sequence = first === undefined ? shard.last : first - 1n
    if (sequence <= shard.saved) return
    await this.#context.store.keepPosition({ name: shard.name, sequence })
    shard.saved = sequence
  }

  /** What a node or a database that is away leaves undone would be forgotten. */
  async #untilDone(step: () => Promise<void>): Promise<void> {
    const { signal } = this.#context
    for (let delay = firstRetry; !signal.aborted; delay = Math.min(longestRetry, delay * 2)) {
      try {
        return await step()
      } catch (error) {
        this.#tell(error)
        await pause(delay, signal)
      }
    }
    signal.throwIfAborted()
  }

  #tell(error: unknown): void {
    const { signal, metrics, log } = this.#context
    if (signal.aborted) return
    const code = codeOf(error)
    metrics.faults.inc({ code })
    log.warn({ code }, 'A channel could not be served; it is tried again.')
  }
}

const shardOf = ({ number }: Entry): number => Math.floor(number / shardSize)
