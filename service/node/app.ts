import compress from '@fastify/compress'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { documentation } from '../plugins/documentation.ts'
import type { LogLevel } from './config.ts'
import { refuse } from './refusal.ts'
import { aboutApi } from './routes/about.ts'
import type { RouteContext } from './routes/context.ts'

import { laneApi } from './routes/lanes.ts'
import { messageApi } from './routes/message-api.ts'
import { bodyLimit, bodyType } from './wire/body.ts'
import { sendError, sendRefusal } from './wire/refusals.ts'

/** How the HTTP side of a node is built. */
export type AppOptions = { readonly logLevel: LogLevel; readonly rateLimits: boolean; readonly trustProxy: boolean }

/** Requests of one address in a minute. */
const requestsPerMinute = 12_000

/** The HTTP API over its parts; does not listen. */
export async function buildNode(context: RouteContext, options: AppOptions): Promise<FastifyInstance> {
  const { logLevel, rateLimits, trustProxy } = options
  const app = Fastify({
    bodyLimit,
    trustProxy,
    logger: { level: logLevel },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
  })
  app.decorateRequest('refusedAs', undefined)
  takeEveryBody(app)
  app.setValidatorCompiler(() => () => true) // the wire modules check
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler(sendError)
  await app.register(cors, corsOptions)
  await app.register(compress, { global: false, threshold: 1024 })
  if (rateLimits)
    await app.register(rateLimit, {
      max: requestsPerMinute,
      timeWindow: 60_000,
      addHeaders: {},
      addHeadersOnExceeding: {},
    })
  await app.register(swagger, { openapi: { openapi: '3.1.0', info } })
  answerUnknownPaths(app)
  observe(app, context)
  await messageApi(app, context)
  await laneApi(app, context)
  await aboutApi(app, context)
  await documentation(app)
  app.addHook('preClose', async () => context.streams.close())
  return app
}

const info = { title: 'Pennypost node', description: 'The message API of XMTP V2, and lanes.', version: '1' }

const corsOptions = {
  origin: '*',
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders:
    'Content-Type,Accept,Authorization,X-Client-Version,X-App-Version,Baggage,DNT,Sec-CH-UA*,Sentry-Trace,User-Agent',
}

/** Stock clients say text/plain and mean JSON, so all that is not protobuf is taken for it; the routes read the bytes. */
function takeEveryBody(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ headers }) => {
    headers['content-type'] = bodyType(headers['content-type'])
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
}

function answerUnknownPaths(app: FastifyInstance): void {
  const paths = new Set<string>()
  app.addHook('onRoute', ({ url }) => void paths.add(url))
  app.setNotFoundHandler((request, reply) => {
    const isKnown = paths.has(request.url.split('?')[0] ?? '')
    const refusal = isKnown
      ? refuse('method.unknown', `This path does not support ${request.method}.`)
      : refuse('path.unknown', 'There is no such path.')
    return sendRefusal(request, reply, refusal)
  })
}

function observe(app: FastifyInstance, { metrics }: RouteContext): void {
  app.addHook('onResponse', async (request, reply) => {
    const { refusedAs, routeOptions } = request
    metrics.latency.observe({ route: routeOptions.url ?? 'unknown' }, reply.elapsedTime / 1000)
    if (refusedAs === undefined) return
    metrics.refused.inc({ code: refusedAs })
    request.log.debug({ code: refusedAs, route: routeOptions.url }, 'refused')
  })
}
