import { AddressMalformedError } from '@pennypost/sdk/crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { foresee, type Problem, sendProblem } from '../../plugins/problem.ts'

/** Answers what a route or the framework has thrown. What nobody foresaw is 500 without detail, and logged. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const foreseen = malformed(error) ?? foresee(error)
  if (foreseen) return sendProblem(reply, foreseen)
  request.log.error({ err: error }, 'A request failed.')
  return sendProblem(reply, { status: 500, code: 'server.failed', detail: `Something failed; request ${request.id}.` })
}

function malformed(error: unknown): Problem | undefined {
  if (!(error instanceof AddressMalformedError)) return undefined
  return { status: 400, code: error.code, detail: error.message }
}
