import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger } from 'fastify'
import type { Endpoints } from './chain/index.ts'
import type { ProverConfig } from './config.ts'

/** The settings as a log may have them: keys and passwords are left out, and so is what endpoints have in their paths. */
export function describeConfig({ rpcUrl, databaseUrl, signerKey, reporterKey, ...open }: ProverConfig) {
  const shown = (value: unknown) => (value === undefined ? undefined : 'hidden')
  return {
    ...open,
    fromBlock: String(open.fromBlock),
    blockRange: String(open.blockRange),
    nodes: open.nodes.map(({ url }) => url),
    rpcUrl: rpcUrl.split(',').map((url) => new URL(url.trim()).origin),
    databaseUrl: shown(databaseUrl),
    signerKey: shown(signerKey),
    reporterKey: shown(reporterKey),
  }
}

/** Says which endpoints of the chain are lost, and why, and which are back. */
export function tellEndpoints(endpoints: Endpoints, log: FastifyBaseLogger): void {
  endpoints.listen((endpoint, fault) => {
    if (fault === undefined) return log.info({ endpoint }, 'An endpoint of the chain answers again.')
    const code = fault instanceof BaseError ? fault.code : 'chain.unavailable'
    const [reason] = fault instanceof Error ? fault.message.split('\n') : []
    log.error({ endpoint, code, reason }, 'An endpoint of the chain is lost.')
  })
}
