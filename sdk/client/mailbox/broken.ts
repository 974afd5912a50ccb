import { digestEnvelope, type Envelope } from '../../codec/index.ts'
import { cacheKey } from '../../crypto/index.ts'
import type { Thread } from './thread.ts'

type Bytes = Pick<Envelope, 'contentTopic' | 'message'>

/** What cannot be opened in a conversation, now or later: trying again would cost more than remembering. */
export type Broken = {
  has(thread: Thread, envelope: Bytes): boolean
  add(thread: Thread, envelope: Bytes): void
}

/** So many are remembered: those that came first, since each reading begins with them. */
const most = 65_536

/**
 * What remembers them for one run. Each conversation has its own: another one with the same topic may have another key, and
 * what is broken there is not broken here.
 */
export function createBroken(): Broken {
  const known = new WeakMap<Thread['conversation'], Set<string>>()
  const keyOf = (envelope: Bytes) => cacheKey(digestEnvelope(envelope))
  let count = 0
  return {
    has: ({ conversation }, envelope) => known.get(conversation)?.has(keyOf(envelope)) ?? false,
    add({ conversation }, envelope) {
      if (count === most) return
      known.set(conversation, (known.get(conversation) ?? new Set<string>()).add(keyOf(envelope)))
      count++
    },
  }
}
