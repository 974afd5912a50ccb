import { exponentialDelay, joinSignals } from '../../async.ts'
import type { Thread } from '../mailbox/thread.ts'
import { type StepOptions, tellBoth } from '../session/events.ts'
import type { Session } from '../session/session.ts'

type Edges = Pick<Session, 'privacy' | 'sleep' | 'random' | 'tell' | 'signal'>

/** What is about to be written, and behind which letter that would be seen. */
export type Behind = {
  readonly thread: Thread
  /** A letter of this account that has just left, and could not carry it. */
  readonly own: 'just-left' | 'none'
}

/**
 * Waits a random while before the first message on a conversation's topic. Right behind the letter, or behind its delivery, it
 * would tell the node which conversation the letter has begun.
 */
export async function waitBehind(edges: Edges, behind: Behind, step: StepOptions): Promise<void> {
  const { sleep, random, signal: over } = edges
  const seconds = secondsOf(edges, behind)
  if (seconds === 0) return
  tellBoth(edges, step, { kind: 'waiting', code: 'message.waits', seconds })
  const { signal, release } = joinSignals([step.signal, over])
  try {
    await sleep(exponentialDelay(seconds * 1000, random), signal)
  } finally {
    release()
  }
}

/** On average. */
function secondsOf({ privacy }: Edges, { thread: { letter }, own }: Behind): number {
  if (own === 'just-left') return privacy.joinSeconds
  return letter && !letter.isOwn && !letter.isAnswered ? privacy.answerSeconds : 0
}
