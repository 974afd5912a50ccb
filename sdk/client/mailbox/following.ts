import { exponentialDelay } from '../../async.ts'
import type { Session } from '../session/session.ts'
import { type Thread, threadKey } from './thread.ts'

/**
 * Which conversations the client reads on. One that a stranger's letter has begun is not read at once: a question for its
 * topic right behind the letter would tell the node which topic belongs to which letter. It is read once the account has
 * answered it, or after a random while.
 */
export type Following = {
  /** Whether the conversation's topic may be asked for. */
  isJoined(thread: Thread): boolean
  /** Reads it on from now on. */
  join(thread: Thread): void
  /** Tells of conversations that are joined from now on. Answers how to stop. */
  onJoin(listener: (thread: Thread) => void): () => void
}

type Edges = Pick<Session, 'privacy' | 'sleep' | 'random' | 'clock' | 'signal'>

/** Decides by kind, by whether it was answered, and by chance. */
export function createFollowing({ privacy, sleep, random, clock, signal }: Edges): Following {
  const joined = new Set<string>()
  const waiting = new Set<string>()
  const listeners = new Set<(thread: Thread) => void>()

  function join(thread: Thread): void {
    const key = threadKey(thread)
    if (joined.has(key)) return
    joined.add(key)
    for (const listener of listeners) listener(thread)
  }

  /** The delay counts from when the letter was written, so that a client that comes back draws no second one. */
  async function joinLater(thread: Thread): Promise<void> {
    const ageMs = clock.seconds() * 1000 - Number(thread.createdNs / 1_000_000n)
    const delay = exponentialDelay(privacy.joinSeconds * 1000, random) - Math.max(0, ageMs)
    if (delay > 0) await sleep(delay, signal)
    join(thread)
  }

  return {
    join,
    isJoined(thread) {
      const { letter } = thread
      const key = threadKey(thread)
      if (!letter || letter.isOwn || letter.isAnswered || privacy.joinSeconds === 0 || joined.has(key)) return true
      if (!waiting.has(key)) {
        waiting.add(key)
        joinLater(thread).catch(() => undefined) // the client was closed before
      }
      return joined.has(key)
    },
    onJoin(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
