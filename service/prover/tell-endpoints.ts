import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger } from 'fastify'
import type { Endpoints } from './chain/index.ts'
import type { Metrics } from './metrics.ts'

/** Says and counts which endpoints of the chain are lost, and why, and which are back. */
export function tellEndpoints(
  endpoints: Pick<Endpoints, 'names' | 'listen'>,
  log: FastifyBaseLogger,
  metrics: Pick<Metrics, 'endpoints'>,
): void {
  for (const endpoint of endpoints.names) metrics.endpoints.set({ endpoint }, 1)
  endpoints.listen((endpoint, fault) => {
    metrics.endpoints.set({ endpoint }, fault === undefined ? 1 : 0)
    if (fault === undefined) return log.info({ endpoint }, 'An endpoint of the chain answers again.')
    const code = fault instanceof BaseError ? fault.code : 'chain.unavailable'
    const [reason] = fault instanceof Error ? fault.message.split('\n') : []
    log.error({ endpoint, code, reason }, 'An endpoint of the chain is lost.')
  })
}
