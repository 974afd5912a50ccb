import compress from '@fastify/compress'
import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { answerBroken } from '../plugins/answer-broken.ts'
import { boundAnswers } from '../plugins/bound-answers.ts'
import { boundConnections, type ConnectionTimes, connectionTimes, timed } from '../plugins/bound-connections.ts'
import { callerOf, trustProxyOf } from '../plugins/callers.ts'
import { createRequestCount } from '../plugins/count-requests.ts'
import { documentation } from '../plugins/documentation.ts'
import { endConnections } from '../plugins/end-connections.ts'
import { takeTurns } from '../plugins/fair-turns.ts'
import { addInside } from '../plugins/inside.ts'
import { followPaths } from '../plugins/problem.ts'
import { answerBounds } from './answers.ts'
import type { NodeConfig } from './config.ts'
import { aboutApi } from './routes/about.ts'
import { serveApp } from './routes/app.ts'
import { checkpointApi } from './routes/checkpoints.ts'
import type { RouteContext } from './routes/context.ts'
import { laneApi } from './routes/lanes.ts'
import { messageApi } from './routes/message-api.ts'
import { admitBodies } from './wire/announced-body.ts'
import { bodyType } from './wire/body.ts'
import { boundOf } from './wire/body-limits.ts'
import { sendError, sendForeseen } from './wire/refusals.ts'

/** How the HTTP side of a node is built. */
export type AppOptions = Pick<NodeConfig, 'logLevel' | 'rateLimits' | 'trustProxy'> & {
  /** Requests of one caller in a minute. */
  readonly requestsPerMinute?: number | undefined
  /** Connections of one caller at a time. */
  readonly callerConnections?: number | undefined
  readonly times?: ConnectionTimes | undefined
}

/** The HTTP API over its parts; does not listen. */
export async function buildNode(context: RouteContext, options: AppOptions): Promise<FastifyInstance> {
  const { logLevel, rateLimits, trustProxy, times = connectionTimes } = options
  const count = createRequestCount()
  const app = Fastify({
    ...timed(times),
    bodyLimit: boundOf().bytes,
    trustProxy: trustProxyOf(trustProxy),
    logger: { level: logLevel, name: 'node' },
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: count.counted(sendError),
    clientErrorHandler: answerBroken,
  })
  app.decorateRequest('refusedAs', undefined)
  takeEveryBody(app)
  app.setValidatorCompiler(() => () => true) // the wire modules check
  app.setSerializerCompiler(() => JSON.stringify)
  app.setErrorHandler(sendError)
  takeTurns(app)
  if (rateLimits === 'on') {
    await limitCallers(app, options)
    count.follow(app)
  }
  await app.register(cors, corsOptions)
  await app.register(compress, { global: false, threshold: 1024 })
  addInside(app)
  const unknown = followPaths(app)
  await documentation(app, info)
  const counted = rateLimits === 'on' ? { preHandler: app.rateLimit() } : {}
  app.setNotFoundHandler(counted, (request, reply) => sendForeseen(request, reply, unknown(request, reply)))
  observe(app, context)
  admitBodies(app, context.bodies)
  await messageApi(app, context)
  await laneApi(app, context)
  await aboutApi(app, context)
  await checkpointApi(app, context)
  await serveApp(app, context)
  endConnections(app)
  app.addHook('preClose', async () => context.streams.close())
  return app
}

async function limitCallers(
  app: FastifyInstance,
  { trustProxy, callerConnections = Infinity, requestsPerMinute = 12_000 }: AppOptions,
): Promise<void> {
  boundConnections(app.server, { most: callerConnections, trustProxy })
  boundAnswers(app, answerBounds)
  await app.register(rateLimit, {
    max: requestsPerMinute,
    keyGenerator: callerOf,
    timeWindow: 60_000,
    addHeaders: {},
    addHeadersOnExceeding: {},
  })
}

const info = {
  title: 'Pennypost node',
  description:
    'The message API of XMTP V2, and lanes. Bodies are JSON, or binary protobuf as `application/x-protobuf`; the examples are of one story, whose lane has expired.',
  securitySchemes: {
    token: { type: 'http', scheme: 'bearer', description: "An XMTP V2 token, signed by an account's identity key." },
  },
} as const

const corsOptions = {
  origin: '*',
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowedHeaders:
    'Content-Type,Accept,Authorization,X-Client-Version,X-App-Version,Baggage,DNT,Sec-CH-UA*,Sentry-Trace,User-Agent',
}

/**
 * Stock clients say text/plain and mean JSON, so all that is not protobuf is taken for it; the routes read the bytes, of
 * which each takes as many as its largest honest body has.
 */
function takeEveryBody(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.bodyLimit = boundOf(route.url).bytes
  })
  app.addHook('onRequest', async ({ headers }) => {
    headers['content-type'] = bodyType(headers['content-type'])
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
}

function observe(app: FastifyInstance, { metrics, limited }: RouteContext): void {
  app.addHook('onResponse', async (request, reply) => {
    const { refusedAs, routeOptions } = request
    metrics.latency.observe({ route: routeOptions.url ?? 'unknown' }, reply.elapsedTime / 1000)
    if (refusedAs === undefined) return
    metrics.refused.inc({ code: refusedAs })
    if (refusedAs === 'rate.limited') limited.note(callerOf(request))
    request.log.debug({ code: refusedAs, route: routeOptions.url }, 'Refused.')
  })
}
