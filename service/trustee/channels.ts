import type { TrusteeChannelsOptions } from '@pennypost/sdk'
import { pause } from '@pennypost/sdk/async'
import { toHex } from '@pennypost/sdk/crypto'
import type { Entry } from './book.ts'
import type { Context } from './context.ts'
import { createFairQueue } from './fair-queue.ts'
import { codeOf } from './fault-code.ts'

/** Listens to the channels of all deposits. */
export type Channels = {
  /** Listens to more, from their start where nothing was said there yet; resolves once the node listens. */
  listen(entries: readonly Entry[]): Promise<void>
  /** Stops listening where nothing is held any more. */
  prune(): void
  /** Waits for what is being worked on, and keeps how far all was read. */
  close(): Promise<void>
}

type Arrived = Parameters<TrusteeChannelsOptions['receive']>[0]

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

export function createChannels(
  { account, store, book, metrics, log, signal }: Context,
  receive: (entry: Entry, message: Uint8Array) => Promise<void>,
): Channels {
  const shards = new Map<number, Promise<Shard>>()
  const queue = createFairQueue({ workers, mostOfOne: mostWaiting, onError: tell })

  function tell(error: unknown): void {
    if (signal.aborted) return
    const code = codeOf(error)
    metrics.faults.inc({ code })
    log.warn({ code }, 'A channel could not be served; it is tried again.')
  }

  async function open(index: number): Promise<Shard> {
    const name = `channels ${toHex(account.nodeKey)} ${index}`
    const after = await store.position(name)
    const stream = account.channels({
      after,
      receive: async (envelope) => arrive(shard, envelope),
      onError(error) {
        tell(error)
        void reopen(index)
      },
    })
    const shard: Shard = { name, stream, working: new Set(), last: after, saved: after }
    return shard
  }

  /** From where it was kept: what was worked on meanwhile does the same again. */
  async function reopen(index: number): Promise<void> {
    const shard = await shards.get(index)
    shard?.stream.close()
    shards.delete(index)
    await listen([...book.all()].filter((entry) => shardOf(entry) === index)).catch(tell)
  }

  function arrive(shard: Shard, { contentTopic, message, sequence }: Arrived): void {
    const entry = book.at(contentTopic)
    if (sequence !== undefined && sequence > shard.last) shard.last = sequence
    if (!entry) return
    if (sequence !== undefined) shard.working.add(sequence)
    const isTaken = queue.push(contentTopic, () => serve(entry, message).then(() => done(shard, sequence)))
    if (!isTaken) done(shard, sequence)
  }

  function done(shard: Shard, sequence: bigint | undefined): void {
    if (sequence === undefined) return
    shard.working.delete(sequence)
    if (shard.working.size === 0) void save(shard).catch(tell)
  }

  /** Until it is done: what a node or a database that is away leaves undone would be forgotten. */
  async function serve(entry: Entry, message: Uint8Array): Promise<void> {
    for (let delay = firstRetry; !signal.aborted; delay = Math.min(longestRetry, delay * 2)) {
      try {
        return await receive(entry, message)
      } catch (error) {
        tell(error)
        await pause(delay, signal)
      }
    }
    signal.throwIfAborted()
  }

  async function save(shard: Shard): Promise<void> {
    const [first] = [...shard.working].sort((a, b) => (a < b ? -1 : 1))
    const sequence = first === undefined ? shard.last : first - 1n
    if (sequence <= shard.saved) return
    shard.saved = sequence
    await store.keepPosition({ name: shard.name, sequence })
  }

  async function listenIn(index: number, entries: readonly Entry[]): Promise<void> {
    const known = shards.get(index) ?? open(index)
    shards.set(index, known)
    const { stream } = await known
    const topics = (isAcknowledged: boolean) =>
      entries.filter((entry) => entry.isAcknowledged === isAcknowledged).map(({ topic }) => topic)
    await stream.add(topics(true), 'now')
    await stream.add(topics(false), 'start')
  }

  async function listen(entries: readonly Entry[]): Promise<void> {
    const byShard = Map.groupBy(entries, shardOf)
    for (const [index, some] of byShard) {
      for (let delay = firstRetry; ; delay = Math.min(longestRetry, delay * 2)) {
        try {
          await listenIn(index, some)
          break
        } catch (error) {
          signal.throwIfAborted()
          tell(error)
          if ((await shards.get(index)?.catch(() => undefined)) === undefined) shards.delete(index)
          await pause(delay, signal)
        }
      }
    }
  }

  return {
    listen,
    prune() {
      const live = new Set([...book.all()].map(shardOf))
      for (const [index, shard] of shards) {
        if (live.has(index)) continue
        shards.delete(index)
        void shard.then(({ stream }) => stream.close())
      }
    },
    async close() {
      const open = await Promise.all(shards.values())
      for (const { stream } of open) stream.close()
      await queue.idle()
      for (const shard of open) await save(shard)
    },
  }
}

const shardOf = ({ number }: Entry): number => Math.floor(number / shardSize)
