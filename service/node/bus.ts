import { type Envelope, isPrivateTopic } from '@pennypost/sdk/codec'

/** An envelope on its way to streams; without a sequence it is ephemeral. */
export type LiveEnvelope = Envelope & {
  readonly sequence?: bigint | undefined
  readonly tag?: Uint8Array | undefined
  readonly evidence?: Uint8Array | undefined
}

/** Hands new envelopes to streams, in order. */
export type Bus = {
  publish(envelopes: readonly LiveEnvelope[]): void
  /** Listens to some topics, or to all but private ones. Answers how to stop. */
  subscribe(topics: readonly string[] | 'all', listener: (envelope: LiveEnvelope) => void): () => void
}

export function createBus(): Bus {
  type Listener = (envelope: LiveEnvelope) => void
  const byTopic = new Map<string, Set<Listener>>()
  const ofAll = new Set<Listener>()

  function stop(topic: string, listener: Listener): void {
    const listeners = byTopic.get(topic)
    listeners?.delete(listener)
    if (listeners?.size === 0) byTopic.delete(topic)
  }

  const listenersOf = (topic: string): Iterable<Listener> => [
    ...(byTopic.get(topic) ?? []),
    ...(isPrivateTopic(topic) ? [] : ofAll),
  ]

  return {
    publish(envelopes) {
      for (const envelope of envelopes) for (const listener of listenersOf(envelope.contentTopic)) listener(envelope)
    },
    subscribe(topics, listener) {
      if (topics === 'all') {
        ofAll.add(listener)
        return () => ofAll.delete(listener)
      }
      for (const topic of topics) {
        const listeners = byTopic.get(topic) ?? new Set()
        byTopic.set(topic, listeners.add(listener))
      }
      return () => {
        for (const topic of topics) stop(topic, listener)
      }
    },
  }
}
