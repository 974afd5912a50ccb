import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { networkIdOf, zeroAddress } from '../../sdk/crypto/index.ts'
import { followTree } from '../../sdk/notes/index.ts'
import { createProverClient } from '../../sdk/transport/index.ts'
import { type ProverConfig, type ProverEdges, type ProverOptions, startProver } from '../../service/prover/index.ts'
import type { TestChain } from './chain.ts'

/** The network's name in tests. */
export const network = 'pennypost-local'

/** A directory for a prover; gone with `remove`. */
export async function makeDataDir() {
  const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-prover-'))
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) }
}

/** What a prover of a test chain is started with; quick and quiet. */
export function configOf(chain: TestChain, changes: Partial<ProverConfig> = {}): ProverOptions {
  const { rpcUrl, tree: noteTree, postage, deployedAtBlock: fromBlock } = chain
  const quick = {
    pollMs: 25,
    checkpointSeconds: 3_600,
    confirmations: 0,
    rateLimits: 'off',
    port: 0,
    metricsPort: 0,
    dataDir: undefined,
    logLevel: 'silent',
  } as const
  return { network, rpcUrl, noteTree, postage: [postage], fromBlock, ...quick, ...changes }
}

/** A prover of a test chain with a client and whom to trust. */
export async function startTestProver(chain: TestChain, changes: Partial<ProverConfig> = {}, edges: ProverEdges = {}) {
  const prover = await startProver(configOf(chain, changes), edges)
  const client = createProverClient({ url: prover.url })
  const trust = {
    networkId: networkIdOf(network),
    chainId: 31_337n,
    noteTree: chain.tree,
    registry: changes.checkpointRegistry ?? zeroAddress,
    signers: [prover.signer],
    threshold: 1,
  }
  return { ...prover, client, trust, follow: (saved?: Uint8Array) => followTree({ prover: client, trust, saved }) }
}
