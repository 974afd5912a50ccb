import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyInstance, fastify, LogController } from 'fastify'
import { answerBroken } from '../plugins/answer-broken.ts'
import { type AnswerBounds, boundAnswers } from '../plugins/bound-answers.ts'
import { boundConnections } from '../plugins/bound-connections.ts'
import { callerOf, type TrustedProxies, trustProxyOf } from '../plugins/callers.ts'
import type { Clock } from '../plugins/clock.ts'
import { createRequestCount } from '../plugins/count-requests.ts'
import { documentation } from '../plugins/documentation.ts'
import { endConnections } from '../plugins/end-connections.ts'
import { addInside } from '../plugins/inside.ts'
import { followPaths, sendProblem } from '../plugins/problem.ts'
import type { LogLevel } from '../plugins/settings.ts'
import type { NetworkInfo, Signer } from './checkpoints/index.ts'
import type { Finding } from './disputes/index.ts'
import type { Facts } from './facts/index.ts'
import type { Progress } from './follower.ts'
import type { IssuerKey } from './issuing/index.ts'
import type { Metrics } from './metrics.ts'
import { checkpoints } from './routes/checkpoints.ts'
import { facts } from './routes/facts.ts'
import { leaves } from './routes/leaves.ts'
import { ledger } from './routes/ledger.ts'
import { nodes } from './routes/nodes.ts'
import { operations } from './routes/operations.ts'
import { sendError } from './routes/problems.ts'
import { status } from './routes/status.ts'
import type { ProverStore } from './store/index.ts'
import type { Watcher } from './watcher/index.ts'

/** What the prover's HTTP interface stands on. */
export type Deps = {
  readonly store: ProverStore
  readonly progress: () => Progress
  readonly signer: Signer
  /** Attests facts. */
  readonly issuer: IssuerKey
  readonly network: NetworkInfo
  /** The checkpoint that waits for others' signatures. */
  readonly proposed: () => Uint8Array | undefined
  /** What attests facts, where anything is signed. */
  readonly facts: Facts | undefined
  /** How many notes one tree has room for. */
  readonly capacity: number
  /** The watcher, once there is one. */
  readonly watched: () => Pick<Watcher, 'reports' | 'nodes'>
  /** Checkpoints that are not what the chain makes of their moments. */
  readonly findings: () => readonly Finding[]
  /** Whether callers are held to so many requests a minute. */
  readonly rateLimits: 'on' | 'off'
  /** Between two looks at the chain. */
  readonly pollMs: number
  readonly signing: 'on' | 'off'
  readonly trustProxy: TrustedProxies
  readonly clock: Clock
  readonly metrics: Metrics
  readonly logLevel: LogLevel
}

const requestsPerMinute = 600

/** Of one caller at a time; each may leave two answers waiting. */
const mostConnections = 1_000

/** Some thirty pages of the largest size, or a hundred of leaves. */
const answerBounds: AnswerBounds = { ofCaller: 64 * 1024 * 1024, overall: 192 * 1024 * 1024 }

/** Within it a request has to be there. */
const requestTimeout = 60_000

const info = {
  title: 'Pennypost prover',
  description: 'Signed checkpoints of the note log, and the log and leaves to check them with.',
}

/** Builds the prover's HTTP interface; does not listen. */
export async function buildApp({ logLevel, rateLimits, trustProxy, ...deps }: Deps) {
  const count = createRequestCount()
  const app = fastify({
    logger: { level: logLevel, name: 'prover' },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout,
    trustProxy: trustProxyOf(trustProxy),
    frameworkErrors: count.counted(sendError),
    clientErrorHandler: answerBroken,
  })
  const typed = app.withTypeProvider<TypeBoxTypeProvider>()
  addInside(app)
  measure(app, deps.metrics)
  const unknown = followPaths(app)
  app.setErrorHandler(sendError)
  if (rateLimits === 'on') {
    boundConnections(app.server, { most: mostConnections, trustProxy })
    boundAnswers(app, answerBounds)
    await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000, keyGenerator: callerOf })
    count.follow(app)
  }
  const counted = rateLimits === 'on' ? { preHandler: app.rateLimit() } : {}
  app.setNotFoundHandler(counted, (request, reply) => sendProblem(reply, unknown(request, reply)))
  await app.register(cors, { exposedHeaders: ['pennypost-operations', 'pennypost-size'] })
  await documentation(app, info)

  await typed.register(checkpoints, deps)
  await typed.register(leaves, deps)
  await typed.register(nodes, deps)
  await typed.register(operations, deps)
  await typed.register(ledger, deps)
  if (deps.facts) await typed.register(facts, { facts: deps.facts })
  await typed.register(status, deps)
  endConnections(app)
  return app
}

function measure(app: FastifyInstance, { latency }: Metrics): void {
  app.addHook('onResponse', async ({ routeOptions }, { elapsedTime }) => {
    latency.observe({ route: routeOptions.url ?? 'unknown' }, elapsedTime / 1000)
  })
}
