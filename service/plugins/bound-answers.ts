import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { callerOf } from './callers.ts'

/** Most bytes of answers that are not taken yet. */
export type AnswerBounds = { readonly ofCaller: number; readonly overall: number }

type Answer = { readonly bytes: number; readonly response: ServerResponse }

/** What is shorter is sent in any case: two on a connection at most. */
export const smallAnswer = 64 * 1024

/** An answer that is made part by part, as it is taken; until then it holds so many bytes. */
export const inParts = (parts: Iterable<string>, bytes: number): Readable =>
  Object.assign(Readable.from(parts), { bytes })

/**
 * Ends an answer, and its connection, with which a caller would leave more untaken than it may; beyond what all may, the
 * oldest of whoever leaves most.
 */
export function boundAnswers(app: FastifyInstance, { ofCaller, overall }: AnswerBounds): void {
  const held = new Map<string, Set<Answer>>()

  function giveBack(who: string, answer: Answer): void {
    const answers = held.get(who)
    answers?.delete(answer)
    if (answers?.size === 0) held.delete(who)
  }

  function endOldest(who: string): void {
    const [oldest] = held.get(who) ?? []
    if (!oldest) return
    giveBack(who, oldest)
    oldest.response.destroy()
  }

  function hold(who: string, answer: Answer): void {
    held.set(who, (held.get(who) ?? new Set()).add(answer))
    answer.response.once('close', () => giveBack(who, answer))
    while (sumOf(held.get(who) ?? []) > ofCaller) endOldest(who)
    while (sumOf([...held.values()].flatMap((answers) => [...answers])) > overall) endOldest(whoHoldsMost())
  }

  const whoHoldsMost = (): string =>
    [...held].reduce((a, b) => (sumOf(b[1]) > sumOf(a[1]) ? b : a), ['', new Set<Answer>()] as const)[0]

  app.addHook('onSend', (request, { raw: response }, payload, done) => {
    const bytes = weigh(payload)
    if (bytes > smallAnswer && !response.closed) hold(callerOf(request), { bytes, response })
    done(null, payload)
  })
}

function weigh(payload: unknown): number {
  if (typeof payload === 'string' || Buffer.isBuffer(payload)) return payload.length
  return payload instanceof Readable && 'bytes' in payload ? Number(payload.bytes) : 0
}

const sumOf = (answers: Iterable<Answer>): number => [...answers].reduce((sum, { bytes }) => sum + bytes, 0)
