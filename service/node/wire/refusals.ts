import { explainCondition, formatCondition } from '@pennypost/sdk/policy'
import { BaseError, type CheckpointView } from '@pennypost/sdk/verifier'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { priceOf } from '../gates/index.ts'
import { type Refusal, refuse, statusOf } from '../refusal.ts'

/** The texts that stock clients know; every other message starts with its code. */
const plainTexts = new Set<string>(['topic.restricted', 'query.malformed'])

/** Answers a refusal in the form its path speaks: gRPC's JSON for V2, problem+json for ours. */
export function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Pick<Refusal, 'message' | 'missing' | 'home'> & { code: string },
  { isMalformed = false, checkpoint }: { isMalformed?: boolean; checkpoint?: CheckpointView | undefined } = {},
): FastifyReply {
  const { status, grpc } = statusOf(refusal.code, isMalformed)
  reply.code(status)
  request.refusedAs = refusal.code
  return isV2(request) ? sendV2(reply, refusal, grpc) : sendProblem(reply, { refusal, status, checkpoint })
}

const isV2 = ({ url }: FastifyRequest): boolean => !url.startsWith('/v1/')

function sendV2(reply: FastifyReply, { code, message }: { code: string; message: string }, grpc: number): FastifyReply {
  const text = plainTexts.has(code) ? message : `${code}: ${message}`
  return reply.type('application/json; charset=utf-8').send(JSON.stringify({ code: grpc, message: text, details: [] }))
}

type Problem = {
  readonly refusal: Pick<Refusal, 'message' | 'missing' | 'home'> & { code: string }
  readonly status: number
  readonly checkpoint: CheckpointView | undefined
}

function sendProblem(reply: FastifyReply, { refusal, status, checkpoint }: Problem): FastifyReply {
  const { code, message, missing, home } = refusal
  const problem = {
    type: `urn:pennypost:${code}`,
    title: code,
    status,
    code,
    detail: message,
    ...(missing && { missing: missing.map((leaf) => missingOf(leaf, checkpoint)) }),
    ...(home && { home }),
  }
  return reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(problem))
}

function missingOf(leaf: NonNullable<Refusal['missing']>[number], checkpoint: CheckpointView | undefined) {
  const price = priceOf(leaf, checkpoint)
  const { index, condition } = leaf
  return {
    index,
    condition: formatCondition(condition),
    explanation: explainCondition(condition),
    ...(price && { price }),
  }
}

/** Answers what a handler has thrown. What nobody foresaw is 500 without detail, and logged. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof BaseError) return sendRefusal(request, reply, error, { isMalformed: true })
  const { statusCode = 500, code = '' } = error as { statusCode?: number; code?: string }
  if (statusCode === 413) return sendRefusal(request, reply, refuse('body.too-large', 'The body is too large.'))
  if (statusCode === 429)
    return sendRefusal(request, reply, refuse('rate.limited', 'Too many requests. Wait a minute.'))
  if (statusCode >= 400 && statusCode < 500) {
    return sendRefusal(request, reply, refuse('body.malformed', `The request cannot be read (${code}).`))
  }
  request.log.error({ err: error }, 'request failed')
  return sendRefusal(request, reply, { code: 'node.failed', message: `Something failed; request ${request.id}.` })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the refusal, for logs and metrics. */
    refusedAs: string | undefined
  }
}
