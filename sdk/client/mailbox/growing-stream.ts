import { createQueue } from '../../async.ts'
import type { StreamedEnvelope, Subscription } from '../../transport/index.ts'

/** The edges of a stream that topics are added to. */
export type GrowingOptions = {
  readonly subscribe: (topics: readonly string[], after: bigint | undefined) => Promise<Subscription>
  /** What lies on a topic already. */
  readonly read: (topic: string) => AsyncIterable<StreamedEnvelope>
  /** The same envelope may come twice. */
  readonly receive: (envelope: StreamedEnvelope) => Promise<void>
  readonly onError: (error: unknown) => void
  /** The node's number after which the first topics are listened to; from now on unless given. */
  readonly after?: bigint | undefined
}

/** One subscription for many topics, however many come. */
export type GrowingStream = {
  /**
   * Listens to more topics; from the start where what lies there is wanted too. Resolves once the node listens. Where that
   * fails, they count as never added, and can be added again.
   */
  add(topics: readonly string[], from: 'now' | 'start'): Promise<void>
  close(): void
}

/**
 * Opens a stream that grows. The new subscription listens before the old one ends, and goes on where that was, so that
 * nothing is missed.
 */
export function createGrowingStream({ subscribe, read, receive, onError, after }: GrowingOptions): GrowingStream {
  const topics = new Set<string>()
  const inTurn = createQueue()
  let source: Subscription | undefined
  let last = after
  let isClosed = false

  async function run(own: Subscription): Promise<void> {
    for await (const envelope of own) {
      if (envelope.sequence !== undefined && envelope.sequence > (last ?? 0n)) last = envelope.sequence
      await receive(envelope)
    }
  }

  async function replace(): Promise<void> {
    const before = source
    const next = await subscribe([...topics], last)
    if (isClosed) return void next.return?.()
    source = next
    run(next).catch((error) => {
      if (next === source && !isClosed) onError(error)
    })
    await before?.return?.()
  }

  async function readAll(fresh: readonly string[]): Promise<void> {
    for (const topic of fresh) for await (const envelope of read(topic)) await receive(envelope)
  }

  return {
    async add(more, from) {
      const fresh = more.filter((topic) => !topics.has(topic))
      for (const topic of fresh) topics.add(topic)
      if (fresh.length === 0) return
      const step = async () => {
        if (!isClosed) await replace()
        if (!isClosed && from === 'start') await readAll(fresh)
      }
      await inTurn(step).catch((error) => {
        for (const topic of fresh) topics.delete(topic)
        throw error
      })
    },
    close() {
      isClosed = true
      void source?.return?.()
    },
  }
}
