import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import { type BodyBudget, smallBody } from '../body-budget.ts'
import { boundOf } from './body-limits.ts'
import { sendRefusal } from './refusals.ts'

/** So much of a refused body is still taken and thrown away, so that its sender hears why: a single envelope's is smaller. */
const heardOut = 2 * 1024 * 1024

/** Refuses large bodies beyond the budget before anything of them is read, if nothing else speaks against them. */
export function admitBodies(app: FastifyInstance, budget: BodyBudget): void {
  app.addHook('onRequest', async (request, reply) => {
    if (announcedBytes(request) > heardOut) endIfRefused(request, reply)
  })
  app.addHook('preParsing', async (request, reply) => {
    const bytes = announcedBytes(request)
    if (bytes <= smallBody) return
    const body = { who: callerOf(request), bytes, cut: () => request.raw.destroy() }
    const refusal = budget.take(body)
    if (refusal) {
      sendRefusal(request, reply, refusal)
      return
    }
    reply.raw.once('close', () => budget.giveBack(body))
  })
}

/** The connection of a body that is too large to be thrown away ends with the refusal. */
function endIfRefused({ raw }: FastifyRequest, reply: FastifyReply): void {
  reply.raw.once('finish', () => {
    if (!raw.complete) raw.destroy()
  })
}

/** What a request says that it will send, and no more than its path takes; one that does not say may send all that. */
function announcedBytes({ headers, routeOptions }: FastifyRequest): number {
  const { bytes: most } = boundOf(routeOptions.url)
  if (headers['transfer-encoding'] !== undefined) return most
  const announced = Number(headers['content-length'] ?? 0)
  return announced > most ? 0 : announced // what is too large is refused unread
}
