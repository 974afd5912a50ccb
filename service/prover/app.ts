import cors from '@fastify/cors'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { type FastifyInstance, fastify, LogController } from 'fastify'
import { documentation } from '../plugins/documentation.ts'
import { problems, refuseMalformed } from '../plugins/problem.ts'
import type { Signer } from './checkpoints/index.ts'
import type { LogLevel } from './config.ts'
import type { Progress } from './follower.ts'
import type { Metrics } from './metrics.ts'
import { checkpoints } from './routes/checkpoints.ts'
import { leaves } from './routes/leaves.ts'
import { ledger } from './routes/ledger.ts'
import { operations } from './routes/operations.ts'
import { type NetworkInfo, status } from './routes/status.ts'
import type { ProverStore } from './store/index.ts'
import type { Watcher } from './watcher/index.ts'

/** What the prover's HTTP interface stands on. */
export type Deps = {
  readonly store: ProverStore
  readonly progress: () => Progress
  readonly signer: Signer
  readonly network: NetworkInfo
  /** The watcher, once there is one. */
  readonly watched: () => Pick<Watcher, 'reports' | 'nodes'>
  /** Whether callers are held to so many requests a minute. */
  readonly rateLimits: boolean
  readonly trustProxy: boolean
  readonly now: () => number
  readonly metrics: Metrics
  readonly logLevel: LogLevel
}

const requestsPerMinute = 600

const info = {
  title: 'Pennypost prover',
  description: 'Signed checkpoints of the note log, and the log and leaves to check them with.',
  version: '1',
}

/** Builds the prover's HTTP interface; does not listen. */
export async function buildApp({ logLevel, rateLimits, trustProxy, ...deps }: Deps) {
  const app = fastify({
    logger: { level: logLevel, name: 'prover' },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    trustProxy,
    frameworkErrors: refuseMalformed,
  })
  const typed = app.withTypeProvider<TypeBoxTypeProvider>()
  measure(app, deps.metrics)
  await app.register(problems)
  await app.register(cors, { exposedHeaders: ['pennypost-operations', 'pennypost-size'] })
  await app.register(swagger, { openapi: { openapi: '3.1.0', info } })
  if (rateLimits) await app.register(rateLimit, { max: requestsPerMinute, timeWindow: 60_000 })

  await typed.register(checkpoints, deps)
  await typed.register(leaves, deps)
  await typed.register(operations, deps)
  await typed.register(ledger, deps)
  await typed.register(status, deps)
  await documentation(app)
  return app
}

function measure(app: FastifyInstance, { latency }: Metrics): void {
  app.addHook('onResponse', async ({ routeOptions }, { elapsedTime }) => {
    latency.observe({ route: routeOptions.url ?? 'unknown' }, elapsedTime / 1000)
  })
}
