import type { AnswerBounds } from '../plugins/bound-answers.ts'
import type { Clock } from '../plugins/clock.ts'
import { createBudget } from './budget.ts'
import { createKeyedLock, type KeyedLock } from './keyed-lock.ts'
import { type Refusal, refuse } from './refusal.ts'

const mebibyte = 1024 * 1024

/** Most bytes of answers that are not taken yet. */
export const answerBounds: AnswerBounds = {
  /** The largest batch of pages, each of which has one envelope at least. */
  ofCaller: 56 * mebibyte,
  overall: 112 * mebibyte,
}

/** Most bytes of envelopes that a caller's queries read in a minute. */
export const readPerMinute = 256 * mebibyte

/** What queries read: a caller's one after the other, within so much a minute. */
export type Answers = {
  read<T extends { readonly ok: true }>(
    who: string,
    find: () => Promise<T | Refusal>,
    sizeOf: (found: T) => number,
  ): Promise<T | Refusal>
}

const tooManyBytes = refuse('rate.limited', 'Too many bytes. Wait a minute.')
const atOnce: KeyedLock = (_, task) => task()

export function createAnswers({ perMinute, clock }: { perMinute: number; clock: Clock }): Answers {
  const minute = createBudget({ perMinute, clock })
  const inTurn = perMinute === Infinity ? atOnce : createKeyedLock()
  return {
    read: (who, find, sizeOf) =>
      inTurn([who], async () => {
        if (minute.spent(who) >= perMinute) return tooManyBytes
        const found = await find()
        if (found.ok) minute.spend(who, sizeOf(found))
        return found
      }),
  }
}
