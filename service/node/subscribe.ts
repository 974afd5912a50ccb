import type { Address } from '@pennypost/sdk/crypto'
import type { LiveEnvelope } from './bus.ts'
import type { NodeDeps } from './deps.ts'
import { forReader } from './for-reader.ts'

/** What a stream is for, and where it starts. */
export type Subscription = {
  readonly topics: readonly string[] | 'all'
  /** Everything after this sequence is sent first; without it, only what is new. */
  readonly after?: bigint | undefined
  /** Whose stream it is, where its token says so for as long as it lasts. */
  readonly reader?: Address | undefined
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
/** So many bytes of what comes meanwhile are kept while the store is read; beyond it, the store is read again. */
const mostWaiting = 1024 * 1024

/**
 * Streams envelopes as they are stored. With a sequence to start from, the store's envelopes come first and then the live
 * ones: listening starts before reading, so that nothing is missed, and what was read is not sent again. Answers how to stop.
 */
export function subscribe(
  deps: Pick<NodeDeps, 'store' | 'bus'>,
  { topics, after, reader }: Subscription,
  to: StreamSink,
): () => void {
  const sink = { ...to, send: (envelope: LiveEnvelope) => to.send(forReader(envelope, reader)) }
  if (after === undefined || topics === 'all') {
    const stop = deps.bus.subscribe(topics, sink.send)
    sink.live()
    return stop
  }
  return resume(deps, { topics, after }, sink)
}

type Place = { readonly topics: readonly string[]; readonly after: bigint }

function resume(deps: Pick<NodeDeps, 'store' | 'bus'>, { topics, after }: Place, sink: StreamSink): () => void {
  const waiting = createWaiting()
  let take: (envelope: LiveEnvelope) => void = waiting.add
  let isStopped = false
  const stop = deps.bus.subscribe(topics, (envelope) => take(envelope))

  async function send(page: readonly LiveEnvelope[]): Promise<boolean> {
    if (isStopped) return false
    page.forEach(sink.send)
    await sink.drained()
    return !isStopped
  }

  async function catchUp(last: bigint): Promise<void> {
    const read = await readAll(deps, { topics, after: last }, send)
    if (isStopped) return
    const envelopes = waiting.empty()
    return envelopes ? goLive(envelopes, read) : catchUp(read)
  }

  function goLive(envelopes: readonly LiveEnvelope[], last: bigint): void {
    take = sink.send
    for (const one of envelopes) if (one.sequence === undefined || one.sequence > last) sink.send(one)
    sink.live()
  }

  catchUp(after).catch(sink.fail)
  return () => {
    isStopped = true
    stop()
  }
}

/** What comes while nothing can be sent. What is too much is let go: the store has it, unless it was in passing. */
function createWaiting() {
  let envelopes: LiveEnvelope[] = []
  let bytes = 0
  return {
    add(envelope: LiveEnvelope): void {
      bytes += envelope.message.length + envelope.contentTopic.length
      if (bytes <= mostWaiting) envelopes.push(envelope)
      else envelopes = []
    },
    /** Starts anew. Answers what waited; undefined where some was let go. */
    empty(): LiveEnvelope[] | undefined {
      const waited = bytes <= mostWaiting ? envelopes : undefined
      envelopes = []
      bytes = 0
      return waited
    },
  }
}

/** Sends what the store has, page by page, until there is no more or nobody reads; answers the last sequence sent. */
async function readAll(
  { store }: Pick<NodeDeps, 'store'>,
  { topics, after }: Place,
  send: (page: readonly LiveEnvelope[]) => Promise<boolean>,
): Promise<bigint> {
  for (let last = after; ; ) {
    const page = await store.after({ topics, sequence: last, limit: pageSize })
    last = page.at(-1)?.sequence ?? last
    if (page.length === 0 || !(await send(page))) return last
  }
}
