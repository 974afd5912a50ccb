import type { LiveEnvelope } from './bus.ts'
import type { NodeDeps } from './deps.ts'

/** What a stream is for, and where it starts. */
export type Subscription = {
  readonly topics: readonly string[] | 'all'
  /** Everything after this sequence is sent first; without it, only what is new. */
  readonly after?: bigint | undefined
}

/** Where a stream goes. */
export type StreamSink = {
  send(envelope: LiveEnvelope): void
  /** Everything that the store has was sent; from here on envelopes come as they are stored. */
  live(): void
  /** Resolves when the reader has taken what was sent, or has gone. */
  drained(): Promise<void>
  /** The store could not be read; the stream must end, so that its reader comes back. */
  fail(error: unknown): void
}

const pageSize = 500

/**
 * Streams envelopes as they are stored. With a sequence to start from, the store's envelopes come first and then the live
 * ones: listening starts before reading, so that nothing is missed, and what was read is not sent again. Answers how to stop.
 */
export function subscribe(
  deps: Pick<NodeDeps, 'store' | 'bus'>,
  { topics, after }: Subscription,
  sink: StreamSink,
): () => void {
  if (after === undefined || topics === 'all') {
    const stop = deps.bus.subscribe(topics, sink.send)
    sink.live()
    return stop
  }
  const waiting: LiveEnvelope[] = []
  let live: ((envelope: LiveEnvelope) => void) | undefined
  let isStopped = false
  const stop = deps.bus.subscribe(topics, (envelope) => (live ? live(envelope) : waiting.push(envelope)))
  const read = readAll(deps, { topics, after }, async (page) => {
    if (isStopped) return false
    page.forEach(sink.send)
    await sink.drained()
    return !isStopped
  })

  function goLive(last: bigint): void {
    live = sink.send
    for (const envelope of waiting) if (envelope.sequence === undefined || envelope.sequence > last) sink.send(envelope)
    waiting.length = 0
    sink.live()
  }

  read.then((last) => (isStopped ? undefined : goLive(last))).catch(sink.fail)
  return () => {
    isStopped = true
    stop()
  }
}

/** Sends what the store has, page by page, until there is no more or nobody reads; answers the last sequence sent. */
async function readAll(
  { store }: Pick<NodeDeps, 'store'>,
  { topics, after }: { topics: readonly string[]; after: bigint },
  send: (page: readonly LiveEnvelope[]) => Promise<boolean>,
): Promise<bigint> {
  for (let last = after; ; ) {
    const page = await store.after({ topics, sequence: last, limit: pageSize })
    last = page.at(-1)?.sequence ?? last
    if (page.length === 0 || !(await send(page))) return last
  }
}
