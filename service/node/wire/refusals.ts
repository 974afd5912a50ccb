import { explainCondition, formatCondition } from '@pennypost/sdk/policy'
import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { foresee, type Problem, sendProblem } from '../../plugins/problem.ts'
import { type Priced, priceOf } from '../gates/index.ts'
import { type Refusal, statusOf } from '../refusal.ts'

/** The texts that stock clients know; every other message starts with its code, which `details` have in any case. */
const plainTexts = new Set<string>(['topic.restricted', 'query.malformed'])

type Answered = Pick<Refusal, 'message' | 'missing' | 'home'> & { code: string }

/** Answers a refusal in the form its path speaks: gRPC's JSON for V2, problem+json for ours. */
export function sendRefusal(
  request: FastifyRequest,
  reply: FastifyReply,
  refusal: Answered,
  { isMalformed = false, deps }: { isMalformed?: boolean; deps?: Priced } = {},
): FastifyReply {
  const { status, grpc } = statusOf(refusal.code, { isMalformed })
  reply.code(status)
  request.refusedAs = refusal.code
  return isV2(request) ? sendV2(reply, refusal, grpc) : sendProblem(reply, problemOf(refusal, status, deps))
}

const isV2 = ({ url }: FastifyRequest): boolean => url.startsWith('/message/')

function sendV2(reply: FastifyReply, { code, message }: { code: string; message: string }, grpc: number): FastifyReply {
  const text = plainTexts.has(code) ? message : `${code}: ${message}`
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code, domain: 'pennypost' }]
  return reply.type('application/json; charset=utf-8').send(JSON.stringify({ code: grpc, message: text, details }))
}

function problemOf({ code, message, missing, home }: Answered, status: number, deps: Priced | undefined): Problem {
  const facts = { ...(missing && deps && whatIsMissing(missing, deps)), home }
  return { status, code, detail: message, facts }
}

function whatIsMissing(leaves: NonNullable<Refusal['missing']>, deps: Priced) {
  const terms = deps.terms()
  const missing = leaves.map((leaf) => ({
    index: leaf.index,
    condition: formatCondition(leaf.condition, terms),
    explanation: explainCondition(leaf.condition, terms),
    price: priceOf(leaf, deps),
  }))
  return { missing, decimals: terms.decimals }
}

/** Answers what a handler or the framework has thrown. What nobody foresaw is 500 without detail, and logged. */
export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const foreseen = foresee(error)
  if (foreseen) return sendForeseen(request, reply, foreseen)
  if (error instanceof BaseError) return sendRefusal(request, reply, error, { isMalformed: true })
  request.log.error({ err: error }, 'A request failed.')
  return sendRefusal(request, reply, { code: 'server.failed', message: `Something failed; request ${request.id}.` })
}

/** Answers what any service may meet, in the form its path speaks. */
export const sendForeseen = (request: FastifyRequest, reply: FastifyReply, { code, detail }: Problem): FastifyReply =>
  sendRefusal(request, reply, { code, message: detail })

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the refusal, for logs and metrics. */
    refusedAs: string | undefined
  }
}
