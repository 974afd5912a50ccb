import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What a request is refused with, by either service: problem+json (RFC 9457) with a stable code. */
export type Problem = {
  readonly status: number
  readonly code: string
  readonly detail: string
  /** Members of this kind of problem alone; those that are undefined are left out. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined
}

/** Answers with a problem. */
export const sendProblem = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply.code(problem.status).type('application/problem+json').send(writeProblem(problem))

/** The body of such an answer. */
export const writeProblem = ({ status, code, detail, facts }: Problem): string =>
  JSON.stringify({ type: `urn:pennypost:${code}`, title: titleOf(code), status, code, detail, ...facts })

/** `lane.not-home` as people say it. */
function titleOf(code: string): string {
  const words = code.replaceAll(/[.-]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** What every service may meet whatever it is asked; undefined if nobody foresaw the error. */
export function foresee(error: unknown): Problem | undefined {
  if (error instanceof BaseError) {
    const isDown = error.code === 'database.unavailable' || error.code === 'database.busy'
    return isDown ? { status: 503, code: error.code, detail: error.message } : undefined
  }
  const { statusCode = 500, message = '' } = error as { statusCode?: number; message?: string }
  if (statusCode === 413) return { status: 413, code: 'body.too-large', detail: 'The body is too large.' }
  if (statusCode === 429) return { status: 429, code: 'rate.limited', detail: 'Too many requests. Wait a minute.' }
  if (statusCode < 400 || statusCode >= 500) return undefined
  return { status: 400, code: 'request.invalid', detail: message }
}

/** Follows which paths there are, and says of a request that met none of them whether path or method is unknown. */
export function followPaths(app: FastifyInstance): (request: FastifyRequest, reply: FastifyReply) => Problem {
  const methods = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    methods.set(url, new Set([...(methods.get(url) ?? []), ...[method].flat()]))
  })
  return ({ method, url }, reply) => {
    const path = url.split('?')[0] ?? ''
    const known = methods.get(path)
    // One that takes the method has declined: it answers elsewhere.
    if (!known || known.has(method)) return { status: 404, code: 'path.unknown', detail: `There is no path ${path}.` }
    reply.header('allow', [...known].join(', '))
    return { status: 405, code: 'method.unknown', detail: `${path} does not support ${method}.` }
  }
}
