import type { ServerResponse } from 'node:http'
import type { Clock } from '../plugins/clock.ts'
import { type BodyBounds, createBodyBudget, smallBody } from './body-budget.ts'
import { createBudget } from './budget.ts'
import { createKeyedLock, type KeyedLock } from './keyed-lock.ts'
import { type Refusal, refuse } from './refusal.ts'

const mebibyte = 1024 * 1024

/** Most bytes of envelopes in answers to queries, from the moment that they are read until they are sent. */
export const answerBounds: BodyBounds = {
  /** The largest batch of pages, each of which has one envelope at least, and some. */
  ofCaller: 56 * mebibyte,
  ofMinute: 256 * mebibyte,
  overall: 112 * mebibyte,
}

/** Who asks, and the response that holds what was read. */
export type Asked = { readonly who: string; readonly response: ServerResponse }

/** What queries read: a caller's one after the other, within the bounds. */
export type Answers = {
  read<T extends { readonly ok: true }>(
    asked: Asked,
    find: () => Promise<T | Refusal>,
    sizeOf: (found: T) => number,
  ): Promise<T | Refusal>
}

const tooManyBytes = refuse('rate.limited', 'Too many bytes. Wait a minute.')
const atOnce: KeyedLock = (_, task) => task()

export function createAnswers({ bounds, clock }: { bounds: BodyBounds; clock: Clock }): Answers {
  const minute = createBudget({ perMinute: bounds.ofMinute, clock })
  const held = createBodyBudget({ bounds: { ...bounds, ofMinute: Infinity }, clock })
  const inTurn = bounds.ofMinute === Infinity ? atOnce : createKeyedLock()

  /** Counts an answer until it is sent; where its reader has gone, or there is no room, it is let go. */
  function hold({ who, response }: Asked, bytes: number): Refusal | undefined {
    minute.spend(who, bytes)
    if (bytes <= smallBody || response.closed) return undefined
    const answer = { who, bytes, cut: () => response.destroy() }
    const refusal = held.take(answer)
    if (!refusal) response.once('close', () => held.giveBack(answer))
    return refusal
  }

  return {
    read: (asked, find, sizeOf) =>
      inTurn([asked.who], async () => {
        if (minute.spent(asked.who) >= bounds.ofMinute) return tooManyBytes
        const found = await find()
        return found.ok ? (hold(asked, sizeOf(found)) ?? found) : found
      }),
  }
}
