import { encodePublishResponse, type LaneRequest, signedGrantToJson } from '@pennypost/sdk/codec'
import { LANE_LIMITS, nullifiersOf } from '@pennypost/sdk/verifier'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import { BodyMalformedError, bytesOf, listOf, recordOf, toBase64 } from '../../plugins/json.ts'
import { closeTopic } from '../close-topic.ts'
import { resolveTopic } from '../gates/index.ts'
import { tellUnused } from '../homes.ts'
import { openLane } from '../open-lane.ts'
import { publishWithLanes } from '../publish-with-lanes.ts'
import { checkReader, checkTopics, streamReader } from '../query.ts'
import { refuse } from '../refusal.ts'
import { tooManyStreams } from '../streams.ts'
import { subscribe } from '../subscribe.ts'
import { readBody, readJson, sendBinary, sendJson, wantsBinary } from '../wire/body.ts'
import { receiptsToJson } from '../wire/lane-publish-json.ts'
import { sendRefusal } from '../wire/refusals.ts'
import { ownLines } from '../wire/stream-formats.ts'
import type { RouteContext } from './context.ts'
import { ownSchemas } from './lane-schemas.ts'
import { limitLookups, lookupsOf } from './limit-lookups.ts'

/** Lanes, what is published under them, and streams that resume. */
export async function laneApi(app: FastifyInstance, context: RouteContext): Promise<void> {
  app.post('/v1/lanes', { schema: ownSchemas.lanes }, (request, reply) => postLane(context, request, reply))
  app.post('/v1/publish', { schema: ownSchemas.publish }, (request, reply) => postEnvelopes(context, request, reply))
  app.post('/v1/topics/close', { schema: ownSchemas.close }, async (request, reply) => {
    const result = await closeTopic(context.deps, await readBody(context, request, 'close'))
    if (!result.ok) return sendRefusal(request, reply, result)
    return wantsBinary(request) ? sendBinary(reply, new Uint8Array()) : sendJson(reply, '{}')
  })
  app.post('/v1/nullifiers', { schema: ownSchemas.nullifiers }, (request, reply) =>
    postNullifiers(context, request, reply),
  )
  app.post('/v1/subscribe', { schema: ownSchemas.subscribe }, (request, reply) => openStream(context, request, reply))
}

async function postLane(context: RouteContext, request: FastifyRequest, reply: FastifyReply) {
  const { deps, metrics, proofs } = context
  const who = callerOf(request)
  const asked = await readBody(context, request, 'lane')
  const limited = limitLane(context, who, asked)
  if (limited) return sendRefusal(request, reply, limited)
  const result = await proofs.run({
    who,
    proofs: proofsOf(asked),
    verify: () => openLane(deps, asked),
    // The tickets of a repeat are verified for nothing.
    hasFailed: (opened) => (opened.ok ? !opened.isNew && nullifiersOf(asked).length > 0 : costly.has(opened.code)),
  })
  if (!result.ok) return sendRefusal(request, reply, result, { deps })
  if (result.isNew) metrics.lanesOpened.inc({ kind: resolveTopic(asked.topic).parsed.kind })
  reply.code(result.isNew ? 201 : 200)
  const { grant } = result
  return wantsBinary(request) ? sendBinary(reply, grant) : sendJson(reply, JSON.stringify(signedGrantToJson(grant)))
}

/** What is refused only after milliseconds of work. */
const costly = new Set<string>([
  'claim.certificate-invalid',
  'claim.not-for-this',
  'claim.signature-invalid',
  'holding.not-for-this',
  'holding.proof-invalid',
  'ticket.proof-invalid',
  'credential.proof-invalid',
  'payment.not-in-tree',
  'connection.invalid',
])

/** What takes such work to verify; more than a lane takes is refused unread. */
const proofsOf = ({ evidence }: LaneRequest): number =>
  Math.min(evidence.filter(({ kind }) => kind.case !== 'work').length, LANE_LIMITS.evidence)

/** Lanes without evidence cost nobody anything: they have a limit for each caller. */
function limitLane({ freeLanes, renewals }: RouteContext, who: string, request: LaneRequest) {
  if (request.evidence.length > 0) return undefined
  const budget = request.renewal ? renewals : freeLanes
  return budget.take(who) ? undefined : refuse('rate.limited', 'Too many free lanes. Wait a minute.')
}

async function postEnvelopes(context: RouteContext, request: FastifyRequest, reply: FastifyReply) {
  const { deps, metrics } = context
  const envelopes = await readBody(context, request, 'lanePublish')
  const limited = limitLookups(context, request, lookupsOf(envelopes))
  if (limited) return sendRefusal(request, reply, limited)
  const result = await publishWithLanes(deps, envelopes)
  if (!result.ok) return sendRefusal(request, reply, result, { deps })
  metrics.published.inc(envelopes.length)
  const { receipts } = result
  if (!wantsBinary(request)) return sendJson(reply, receiptsToJson(receipts))
  return sendBinary(reply, encodePublishResponse({ receipts: [...receipts] }))
}

async function postNullifiers({ deps }: RouteContext, request: FastifyRequest, reply: FastifyReply) {
  const nullifiers = listOf(recordOf(readJson(request)).nullifiers).map(bytesOf)
  if (nullifiers.some(({ length }) => length !== 32)) throw new BodyMalformedError('Expected nullifiers of 32 bytes.')
  const result = await tellUnused(deps, nullifiers)
  if (!result.ok) return sendRefusal(request, reply, result)
  const { sequence, used, signature } = result
  return sendJson(reply, JSON.stringify({ sequence: String(sequence), used, signature: toBase64(signature) }))
}

async function openStream(context: RouteContext, request: FastifyRequest, reply: FastifyReply) {
  const { deps, tokens, streams } = context
  const subscription = await readBody(context, request, 'subscription')
  const { topics } = subscription
  const reader = () => tokens(request.headers.authorization)
  const lookups = subscription.after === undefined ? 0 : topics.length
  const refusal = checkTopics(topics) ?? checkReader(topics, reader) ?? limitLookups(context, request, lookups)
  if (refusal) return sendRefusal(request, reply, refusal)
  if (!streams.hasRoom(callerOf(request), topics)) return sendRefusal(request, reply, tooManyStreams)
  const bearer = streamReader(topics, reader)
  const exchange = { request, reply, topics, until: bearer?.expiresAt }
  streams.open(exchange, ownLines, (sink) => subscribe(deps, { ...subscription, reader: bearer?.address }, sink))
  return reply
}
