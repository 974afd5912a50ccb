import type { TrusteeChannelsOptions } from '@pennypost/sdk'
import { pause } from '@pennypost/sdk/async'
import { toHex } from '@pennypost/sdk/crypto'
import type { Entry } from './book.ts'
import type { Context } from './context.ts'
import { createFairQueue, type FairQueue } from './fair-queue.ts'
import { codeOf } from './fault-code.ts'

type Arrived = Parameters<TrusteeChannelsOptions['receive']>[0]
type Receive = (entry: Entry, message: Uint8Array) => Promise<void>

/** One subscription, and how far it was read: up to before the first that is still worked on. */
type Shard = {
  readonly name: string
  readonly stream: ReturnType<Context['account']['channels']>
  readonly working: Set<bigint>
  last: bigint
  saved: bigint
}

/** So many channels share a subscription: adding one asks for all of them anew. */
const shardSize = 1_000
const mostWaiting = 1_000
const workers = 8
const [firstRetry, longestRetry] = [500, 15_000]

/** Listens to the channels of all deposits. */
export class Channels {
  readonly #context: Context
  readonly #receive: Receive
  readonly #queue: FairQueue
  readonly #shards = new Map<number, Promise<Shard>>()

  constructor(context: Context, receive: Receive) {
    this.#context = context
    this.#receive = receive
    this.#queue = createFairQueue({ workers, mostOfOne: mostWaiting, onError: (error) => this.#tell(error) })
  }

  /** Listens to more, from their start where nothing was said there yet; resolves once the node listens. */
  async listen(entries: readonly Entry[]): Promise<void> {
    for (const [index, some] of Map.groupBy(entries, shardOf)) {
      await this.#untilDone(async () => {
        const { stream } = await this.#shard(index)
        const topics = (isAcknowledged: boolean) =>
          some.filter((entry) => entry.isAcknowledged === isAcknowledged).map(({ topic }) => topic)
        await stream.add(topics(true), 'now')
        await stream.add(topics(false), 'start')
      })
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
    for (const shard of open) await this.#save(shard)
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
    const shard: Shard = { name, stream, working: new Set(), last: after, saved: after }
    return shard
  }

  #arrive(shard: Shard, { contentTopic, message, sequence }: Arrived): void {
    const entry = this.#context.book.at(contentTopic)
    if (sequence !== undefined && sequence > shard.last) shard.last = sequence
    if (!entry) return
    if (sequence !== undefined) shard.working.add(sequence)
    const serve = () => this.#untilDone(() => this.#receive(entry, message)).then(() => this.#done(shard, sequence))
    if (!this.#queue.push(contentTopic, serve)) this.#done(shard, sequence)
  }

  #done(shard: Shard, sequence: bigint | undefined): void {
    if (sequence === undefined) return
    shard.working.delete(sequence)
    if (shard.working.size === 0) this.#save(shard).catch((error) => this.#tell(error))
  }

  async #save(shard: Shard): Promise<void> {
    const [first] = [...shard.working].sort((a, b) => (a < b ? -1 : 1))
    const sequence = first === undefined ? shard.last : first - 1n
    if (sequence <= shard.saved) return
    shard.saved = sequence
    await this.#context.store.keepPosition({ name: shard.name, sequence })
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
