import { networkIdOf, zeroAddress } from '../../sdk/crypto/index.ts'
import { DatabaseUnavailableError } from '../../service/plugins/database/postgres.ts'
import { buildApp } from '../../service/prover/app.ts'
import { createSigner } from '../../service/prover/checkpoints/index.ts'
import { createIssuerKey } from '../../service/prover/issuing/index.ts'
import { createMetrics } from '../../service/prover/metrics.ts'
import type { ProverStore } from '../../service/prover/store/index.ts'
import { walletOf } from './accounts.ts'

/** A prover's HTTP interface over a store that has signed nothing, or one thing, or is down, and answers more where it is given. */
export function makeProver(state: 'empty' | 'signed' | 'down' | 'broken', more: Partial<ProverStore> = {}) {
  const newest = { sequence: 1n, operations: 3, checkpoint: new Uint8Array(), signed: new Uint8Array() }
  const answer = async () => {
    if (state === 'down') throw new DatabaseUnavailableError('PostgreSQL cannot be reached.')
    if (state === 'broken') throw new TypeError('what nobody foresaw')
    return state === 'signed' ? newest : undefined
  }
  const noteTree = walletOf(0x31).address
  const none = {
    postage: [],
    stakes: [],
    payments: [],
    connections: [],
    nodes: [],
    checkpointRegistry: undefined,
    registry: zeroAddress,
  }
  return buildApp({
    store: { newestSigned: answer, signedAfter: answer, ...more } as unknown as ProverStore,
    progress: () => ({ head: undefined, wellAt: undefined, fault: undefined }),
    facts: undefined,
    proposed: () => undefined,
    findings: () => [],
    watched: () => ({ reports: [], nodes: new Map() }),
    signer: createSigner(`0x${'11'.repeat(32)}`),
    issuer: createIssuerKey('11'.repeat(32)),
    network: { name: 'test', networkId: networkIdOf('test'), chainId: 1n, noteTree, ...none },
    capacity: 2 ** 20,
    clock: () => 1_700_000_000.5,
    metrics: createMetrics(),
    rateLimits: 'on',
    pollMs: 1_000,
    signing: 'on',
    trustProxy: 'off',
    logLevel: 'silent',
  })
}
