import type { LiveEnvelope } from './bus.ts'
import type { NodeDeps } from './deps.ts'

/** What a stream is for, and where it starts. */
export type Subscription = {
  readonly topics: readonly string[] | 'all'
  /** Everything after this sequence is sent first; without it, only what is new. */
  readonly after?: bigint
}

/** Where a stream goes. */
export type StreamSink = {
  send(envelope: LiveEnvelope): void
  /** Says that everything up to this sequence was sent. */
  position(sequence: bigint): void
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
    sink.position(deps.store.position())
    return stop
  }
  const waiting: LiveEnvelope[] = []
  let live: ((envelope: LiveEnvelope) => void) | undefined
  let isStopped = false
  const stop = deps.bus.subscribe(topics, (envelope) => (live ? live(envelope) : waiting.push(envelope)))

  async function replay(from: bigint, list: readonly string[]): Promise<void> {
    let last = from
    for (;;) {
      const position = deps.store.position()
      const page = await deps.store.after({ topics: list, sequence: last, limit: pageSize })
      if (isStopped) return
      for (const envelope of page) sink.send(envelope)
      last = page.at(-1)?.sequence ?? last
      if (page.length < pageSize) return goLive(last, position)
    }
  }

  function goLive(last: bigint, position: bigint): void {
    live = sink.send
    for (const envelope of waiting) if (envelope.sequence === undefined || envelope.sequence > last) sink.send(envelope)
    sink.position(waiting.reduce((most, { sequence = 0n }) => (sequence > most ? sequence : most), position))
    waiting.length = 0
  }

  replay(after, topics).catch(sink.fail)
  return () => {
    isStopped = true
    stop()
  }
}
