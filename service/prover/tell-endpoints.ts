import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger } from 'fastify'
import type { Endpoints } from './chain/index.ts'

/** Says which endpoints of the chain are lost, and why, and which are back. */
export function tellEndpoints(endpoints: Endpoints, log: FastifyBaseLogger): void {
  endpoints.listen((endpoint, fault) => {
    if (fault === undefined) return log.info({ endpoint }, 'An endpoint of the chain answers again.')
    const code = fault instanceof BaseError ? fault.code : 'chain.unavailable'
    const [reason] = fault instanceof Error ? fault.message.split('\n') : []
    log.error({ endpoint, code, reason }, 'An endpoint of the chain is lost.')
  })
}
