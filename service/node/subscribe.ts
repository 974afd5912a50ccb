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
  /** Sends an envelope; `false` where so much waits already that it was not taken. */
  send(envelope: LiveEnvelope): boolean
  /** Everything that the store has was sent; from here on envelopes come as they are stored. */
  live(): void
  /** The reader takes too little: the next is read from the store, once it has taken what waits. */
  behind(): void
  /** Resolves when the reader has taken what was sent: whether the stream goes on. */
  drained(): Promise<boolean>
  /** Ends a stream that cannot go on without a gap, so that its reader comes back. */
  cut(): void
  /** The store could not be read; the stream must end, so that its reader comes back. */
  fail(error: unknown): void
}

/** What is read from the store at a time: little, since others wait meanwhile; as JSON it fits the share of a stream. */
const page = { limit: 250, bytes: 128 * 1024 }
/** So many bytes of what comes while the store is read are kept; beyond it, the store is read again. */
const mostMeanwhile = 64 * 1024

/**
 * Streams envelopes as they are stored. With a sequence to start from, or for a reader who has fallen behind, the store's
 * envelopes come first, a page at a time, and then the live ones: listening starts before reading, so that nothing is missed,
 * and what was sent is not sent again. Answers how to stop.
 */
export function subscribe(
  deps: Pick<NodeDeps, 'store' | 'bus'>,
  { topics, after, reader }: Subscription,
  to: StreamSink,
): () => void {
  const sink = { ...to, send: (envelope: LiveEnvelope) => to.send(forReader(envelope, reader)) }
  return topics === 'all' ? followAll(deps, sink) : follow(deps, { topics, after }, sink)
}

/** The store has no order over all topics to read on by. */
function followAll({ bus }: Pick<NodeDeps, 'bus'>, sink: StreamSink): () => void {
  const stop = bus.subscribe('all', (envelope) => {
    if (!sink.send(envelope)) sink.cut()
  })
  sink.live()
  return stop
}

type Place = { readonly topics: readonly string[]; readonly after: bigint | undefined }

function follow({ store, bus }: Pick<NodeDeps, 'store' | 'bus'>, { topics, after }: Place, sink: StreamSink) {
  const meanwhile = createMeanwhile()
  let last = after ?? store.position()
  let isLive = after === undefined
  const stop = bus.subscribe(topics, (envelope) => {
    if (envelope.sequence === undefined)
      sink.send(envelope) // in passing: a reader without room for it misses it
    else if (!isLive) meanwhile.add(envelope)
    else if (!pass(envelope)) fallBehind()
  })

  function pass(envelope: LiveEnvelope): boolean {
    const isTaken = sink.send(envelope)
    if (isTaken) last = envelope.sequence ?? last
    return isTaken
  }

  function fallBehind(): void {
    isLive = false
    sink.behind()
    catchUp().catch(sink.fail)
  }

  async function catchUp(): Promise<void> {
    while (!isLive && (await sink.drained())) {
      meanwhile.start()
      const found = await store.after({ topics, sequence: last, ...page })
      const waited = meanwhile.end()
      const isRead = found.every(pass)
      // What came while nothing was found is newer than all that was sent.
      if (found.length === 0 && waited) isLive = isRead && waited.every(pass)
    }
    if (isLive) sink.live()
  }

  if (isLive) sink.live()
  else catchUp().catch(sink.fail)
  return stop
}

/** What is stored while the store is read. What is too much is let go: the store has it. */
function createMeanwhile() {
  let envelopes: LiveEnvelope[] | undefined
  let bytes = 0
  return {
    start(): void {
      envelopes = []
      bytes = 0
    },
    add(envelope: LiveEnvelope): void {
      bytes += envelope.message.length + (envelope.evidence?.length ?? 0) + envelope.contentTopic.length
      if (bytes > mostMeanwhile) envelopes = undefined
      envelopes?.push(envelope)
    },
    /** What came; undefined where that was too much. */
    end(): LiveEnvelope[] | undefined {
      const came = envelopes
      envelopes = undefined
      return came
    },
  }
}
