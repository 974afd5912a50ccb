import { setTimeout } from 'node:timers/promises'
import { type AnswerBounds, smallAnswer } from '../plugins/bound-answers.ts'
import type { Clock } from '../plugins/clock.ts'
import { createBudget } from './budget.ts'
import { createKeyedLock } from './keyed-lock.ts'
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

/** What queries read: a caller's one after the other, within so much a minute, and no faster than is good for others. */
export type Answers = {
  read<T extends { readonly ok: true }>(
    who: string,
    find: () => Promise<T | Refusal>,
    sizeOf: (found: T) => number,
  ): Promise<T | Refusal>
}

const tooManyBytes = refuse('rate.limited', 'Too many bytes. Wait a minute.')

/** Bytes of one caller a second: a page of a MiB takes some ten milliseconds of everybody's time. */
const pace = 8 * mebibyte

export function createAnswers({ perMinute, clock }: { perMinute: number; clock: Clock }): Answers {
  if (perMinute === Infinity) return { read: (_, find) => find() }
  const minute = createBudget({ perMinute, clock })
  const inTurn = createKeyedLock()

  /** Answers, and then holds the caller's turn for as long as so many bytes are to take. */
  async function take<T>(who: string, find: () => Promise<T | Refusal>, answer: (found: T | Refusal) => number) {
    if (minute.spent(who) >= perMinute) return answer(tooManyBytes)
    const bytes = answer(await find())
    minute.spend(who, bytes)
    if (bytes > smallAnswer) await setTimeout((bytes / pace) * 1000, undefined, { ref: false })
    return bytes
  }

  return {
    read: (who, find, sizeOf) =>
      new Promise((resolve, reject) => {
        const answer = (found: Parameters<typeof sizeOf>[0] | Refusal) => {
          resolve(found)
          return found.ok ? sizeOf(found) : 0
        }
        inTurn([who], () => take(who, find, answer)).catch(reject)
      }),
  }
}
