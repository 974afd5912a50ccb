import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { callerOf } from './callers.ts'

/** Most bytes of answers that are not taken yet. */
export type AnswerBounds = { readonly ofCaller: number; readonly overall: number }

type Answer = { readonly bytes: number; readonly response: ServerResponse }

/** What is shorter is sent in any case: two on a connection at most. */
const small = 64 * 1024

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

  app.addHook('onSend', async (request, { raw: response }, payload) => {
    const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0
    if (bytes > small && !response.closed) hold(callerOf(request), { bytes, response })
  })
}

const sumOf = (answers: Iterable<Answer>): number => [...answers].reduce((sum, { bytes }) => sum + bytes, 0)
