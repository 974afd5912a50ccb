import { STATUS_CODES } from 'node:http'
import { AddressMalformedError } from '@pennypost/sdk/crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

/** What a request is refused with: problem+json (RFC 9457) with a stable code. */
export type Problem = { readonly status: number; readonly code: string; readonly detail: string }

/** Answers with a problem. */
export function sendProblem(reply: FastifyReply, { status, code, detail }: Problem): FastifyReply {
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail }
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem))
}

/** Turns everything that goes wrong into problem+json; what is unknown is logged and told to nobody. */
export const problems = fastifyPlugin(async (app: FastifyInstance) => {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    if (problem.status >= 500) request.log.error({ err: error }, 'A request failed.')
    return sendProblem(reply, problem)
  })
  app.setNotFoundHandler((request: FastifyRequest, reply) =>
    sendProblem(reply, { status: 404, code: 'path.unknown', detail: `There is no ${request.method} ${request.url}.` }),
  )
})

/** For Fastify's option `frameworkErrors`: what fails before there is a route, such as a path that cannot be decoded. */
export function refuseMalformed(error: FastifyError, _: FastifyRequest, reply: FastifyReply): void {
  sendProblem(reply, problemOf(error))
}

function problemOf(error: FastifyError): Problem {
  if (error instanceof AddressMalformedError) return { status: 400, code: error.code, detail: error.message }
  const { message: detail, statusCode = 500, validation } = error
  if (validation) return { status: 400, code: 'request.invalid', detail }
  if (statusCode === 429) return { status: 429, code: 'rate.limited', detail }
  if (statusCode >= 400 && statusCode < 500) return { status: statusCode, code: 'request.invalid', detail }
  return { status: 500, code: 'server.failed', detail: 'Something failed in the prover; the request was valid.' }
}
