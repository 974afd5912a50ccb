import { type FastifyInstance, fastify, LogController } from 'fastify'
import { answerBroken } from '../plugins/answer-broken.ts'
import { endConnections } from '../plugins/end-connections.ts'
import { isAnswered } from '../plugins/is-answered.ts'
import { metricsText } from '../plugins/process-metrics.ts'
import type { LogLevel } from '../plugins/settings.ts'
import type { Metrics } from './metrics.ts'
import type { TrusteeStore } from './store/index.ts'

type Deps = {
  readonly store: Pick<TrusteeStore, 'probe'>
  readonly metrics: Metrics
  /** Whether letters are read now. */
  readonly isListening: () => boolean
  /** Asks the node something: a subscription that was lost is repaired in silence. */
  readonly askNode: () => Promise<void>
}

/** The log of a trustee, and what its operator is answered; does not listen. */
export function createApp(logLevel: LogLevel): FastifyInstance {
  const app = fastify({
    logger: { level: logLevel, name: 'trustee' },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024,
    clientErrorHandler: answerBroken,
  })
  endConnections(app)
  return app
}

/** How the trustee is, and what it has counted. */
export function addRoutes(app: FastifyInstance, { store, metrics, isListening, askNode }: Deps): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_, reply) => {
    const [isStored, isNodeThere] = await Promise.all([isAnswered(store.probe()), isAnswered(askNode())])
    const missing = [
      ...(isStored ? [] : ['store.unavailable']),
      ...(isNodeThere && isListening() ? [] : ['node.unavailable']),
    ]
    reply.header('cache-control', 'no-store').code(missing.length > 0 ? 503 : 200)
    return { status: missing.length > 0 ? 'not ready' : 'ready', missing }
  })
  app.get('/metrics', async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metricsText(metrics.registry)),
  )
}
