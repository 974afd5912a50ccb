import { encodePage, encodePages } from '@pennypost/sdk/codec'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { callerOf } from '../../plugins/callers.ts'
import type { Place } from '../departures.ts'
import { publishWithToken } from '../publish-with-token.ts'
import {
  bytesOfPage,
  bytesOfPages,
  checkReader,
  checkTopics,
  queryPage,
  queryPages,
  type Reader,
  streamReader,
} from '../query.ts'
import { refuse } from '../refusal.ts'
import { startAt } from '../stream-place.ts'
import { tooManyStreams } from '../streams.ts'
import { subscribe } from '../subscribe.ts'
import { readBody, sendBinary, sendJson, sendJsonParts, wantsBinary } from '../wire/body.ts'
import { pagesToJson, pageToJson } from '../wire/message-api-json.ts'
import { sendRefusal } from '../wire/refusals.ts'
import { binaryStream, v2Lines } from '../wire/stream-formats.ts'
import type { RouteContext } from './context.ts'
import { limitLookups, lookupsOf } from './limit-lookups.ts'
import { v2Schemas } from './schemas.ts'

/** The HTTP API of XMTP V2. */
export async function messageApi(app: FastifyInstance, context: RouteContext): Promise<void> {
  const { deps, tokens, metrics } = context
  const compress = { compress: { encodings: ['gzip' as const] } }

  const onRequest = askForToken(context)
  app.post('/message/v1/publish', { schema: v2Schemas.publish, onRequest }, async (request, reply) => {
    const bearer = tokens(request.headers.authorization)
    if (!bearer) return sendRefusal(request, reply, tokenMissing)
    const envelopes = await readBody(context, request, 'v2Publish')
    const limited = limitLookups(context, request, lookupsOf(envelopes))
    if (limited) return sendRefusal(request, reply, limited)
    const result = await publishWithToken(deps, { wallet: bearer.address, ip: request.ip, envelopes })
    if (!result.ok) return sendRefusal(request, reply, result)
    metrics.published.inc(envelopes.length)
    return wantsBinary(request) ? sendBinary(reply, new Uint8Array()) : sendJson(reply, '{}')
  })

  app.post('/message/v1/query', { schema: v2Schemas.query, ...compress }, (request, reply) =>
    postQuery(context, request, reply),
  )
  app.post('/message/v1/batch-query', { schema: v2Schemas.batchQuery, ...compress }, (request, reply) =>
    postBatch(context, request, reply),
  )

  app.post('/message/v1/subscribe', { schema: v2Schemas.subscribe }, async (request, reply) => {
    const topics = await readBody(context, request, 'topics')
    const refusal = checkTopics(topics) ?? checkReader(topics, readerOf(context, request))
    return refusal ? sendRefusal(request, reply, refusal) : openStream(context, { request, reply }, topics)
  })

  app.post('/message/v1/subscribe-all', { schema: v2Schemas.subscribeAll }, async (request, reply) =>
    openStream(context, { request, reply }, 'all'),
  )
}

async function postQuery(context: RouteContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = await readBody(context, request, 'query')
  const limited = limitLookups(context, request, query.contentTopics.length)
  if (limited) return sendRefusal(request, reply, limited)
  const find = () => queryPage(context.deps, query, readerOf(context, request))
  const result = await context.answers.read(callerOf(request), find, ({ page }) => bytesOfPage(page))
  if (!result.ok) return sendRefusal(request, reply, result)
  const { page } = result
  if (wantsBinary(request)) return sendBinary(reply, encodePage(page))
  return sendJsonParts(reply, pageToJson(page), bytesOfPage(page))
}

async function postBatch(context: RouteContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const queries = await readBody(context, request, 'batch')
  const topics = queries.reduce((sum, { contentTopics }) => sum + contentTopics.length, 0)
  const limited = limitLookups(context, request, topics)
  if (limited) return sendRefusal(request, reply, limited)
  const find = () => queryPages(context.deps, queries, readerOf(context, request))
  const result = await context.answers.read(callerOf(request), find, ({ pages }) => bytesOfPages(pages))
  if (!result.ok) return sendRefusal(request, reply, result)
  const { pages } = result
  if (wantsBinary(request)) return sendBinary(reply, encodePages(pages))
  return sendJsonParts(reply, pagesToJson(pages), bytesOfPages(pages))
}

const tokenMissing = refuse('token.missing', 'Publishing takes a bearer token.')

/** Who shows no token, or one that proves nothing, is told before its body is read. */
const askForToken =
  ({ tokens }: RouteContext) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    if (!tokens(request.headers.authorization)) return sendRefusal(request, reply, tokenMissing)
  }

const readerOf =
  ({ tokens }: RouteContext, { headers }: FastifyRequest): Reader =>
  () =>
    tokens(headers.authorization)

/** A stream that takes the place of one which its caller has just ended goes on after that one. */
async function openStream(
  context: RouteContext,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  topics: readonly string[] | 'all',
): Promise<FastifyReply> {
  const { deps, streams, departures } = context
  const caller = callerOf(request)
  await new Promise(setImmediate) // so that an end that has arrived by now is seen
  if (!streams.hasRoom(caller, topics)) return sendRefusal(request, reply, tooManyStreams)
  const format = wantsBinary(request) ? binaryStream : v2Lines
  const bearer = topics === 'all' ? undefined : streamReader(topics, readerOf(context, request))
  const replaces = topics === 'all' ? undefined : departures.take(caller, topics)
  const start = replaces && topics !== 'all' ? startAt(replaces, topics) : undefined
  const limited = replaces === undefined ? undefined : limitLookups(context, request, topics.length)
  if (limited) return sendRefusal(request, reply, limited)
  const onStart = topics === 'all' ? undefined : (place: () => Place) => departures.begin({ caller, topics, place })
  const subscription = { topics, after: start?.after, reader: bearer?.address }
  const exchange = { request, reply, topics, until: bearer?.expiresAt, start, onStart }
  streams.open(exchange, format, (sink) => subscribe(deps, subscription, sink))
  return reply
}
