import type { FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import type { Asked } from '../answers.ts'

/** Who is answered, and with what. */
export const askedOf = (request: FastifyRequest, { raw }: FastifyReply): Asked => ({
  who: callerOf(request),
  response: raw,
})
