import { leaksTopic, type NetworkTerms } from '@pennypost/sdk/codec'
import { networkIdOf } from '@pennypost/sdk/crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { Transport } from 'viem'
import type { Clock } from '../plugins/clock.ts'
import type { Database } from '../plugins/database/index.ts'
import { readCheckpoints, readProposal } from '../plugins/read-checkpoints.ts'
import { type ChainReader, ChainWrongError, createEndpoints } from './chain/index.ts'
import {
  createChainSchedule,
  createOwnSchedule,
  type NetworkInfo,
  type Schedule,
  type Signer,
} from './checkpoints/index.ts'
import type { ProverConfig } from './config.ts'
import { CheckpointWatcher, createDisputer } from './disputes/index.ts'
import { createFactChain, type Facts, groupSources, openFacts } from './facts/index.ts'
import { createClaimSigner, type IssuerKey } from './issuing/index.ts'
import type { Metrics } from './metrics.ts'
import { type ProverStore, storeFacts } from './store/index.ts'
import { createLeakReader, createMatcher, createReporter, Watcher } from './watcher/index.ts'

/** What signing and watching stand on. */
export type Issuing = {
  readonly chain: ChainReader
  readonly store: ProverStore
  readonly network: NetworkInfo
  readonly signer: Signer
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Makes sure that what was read is of the right chain. */
  readonly confirm: () => Promise<void>
  /** Whose word on facts counts where no registry says it: this prover's own. */
  readonly issuers: () => NetworkTerms['issuers']
}

/** By the registry where there is one; otherwise by this prover's own clock and settings. */
export function createSchedule(config: ProverConfig, { signer, ...issuing }: Issuing): Schedule {
  const { checkpointRegistry, checkpointSeconds: interval, nodes, signers, threshold } = config
  if (checkpointRegistry) return createChainSchedule(issuing)
  const genesis = signers.length > 0 ? { signers, threshold } : { signers: [signer.address], threshold: 1 }
  return createOwnSchedule({ ...issuing, interval, nodes, genesis })
}

type Watching = {
  readonly chain: Pick<ChainReader, 'head'>
  readonly store: ProverStore
  readonly metrics: Metrics
  readonly log: FastifyBaseLogger
  readonly signal: AbortSignal
  readonly checkpoints: CheckpointWatcher | undefined
  readonly transport: Transport
}

type Comparing = Issuing & Pick<Watching, 'metrics' | 'log' | 'transport'> & { readonly capacity: number }

/** Compares what nodes and provers serve with the chain, where a registry takes the bonds of those who lie. */
export function createCheckpointWatcher(config: ProverConfig, comparing: Comparing): CheckpointWatcher | undefined {
  const { checkpointRegistry: registry, reporterKey: key, nodes, peers } = config
  if (!registry) return undefined
  const { signal, transport } = comparing
  const { fetch } = globalThis
  const sourceAt = (url: string) => ({
    url,
    read: (after: bigint) => readCheckpoints({ fetch, url, after, signal }),
    proposal: () => readProposal({ fetch, url, signal }),
  })
  return new CheckpointWatcher({
    ...comparing,
    sources: () => [...nodes.map(({ url }) => url), ...peers].map(sourceAt),
    schedule: createSchedule(config, comparing),
    dispute: createDisputer({ transport, registry, key, signal }),
  })
}

/** Reads the nodes' leaks as often as the chain, but not more than four times a second. */
export function createWatcher(
  config: ProverConfig,
  { chain, store, metrics, log, signal, checkpoints, transport }: Watching,
): Watcher {
  const topic = leaksTopic(networkIdOf(config.network))
  const nodes = config.stakes.length > 0 ? config.nodes : []
  const readers = new Map(
    nodes.map(({ url }) => [url, createLeakReader({ url, topic, signal, fetch: globalThis.fetch })]),
  )
  const reporter = createReporter({ transport, head: chain.head, key: config.reporterKey, signal })
  const pauseMs = Math.max(config.pollMs, 250)
  return new Watcher({ readers, matcher: createMatcher(store), reporter, checkpoints, log, metrics, pauseMs })
}

type Attesting = Pick<Issuing, 'network' | 'clock' | 'signal'> & {
  readonly key: IssuerKey
  readonly database: Database
  /** Asked for when something is to be said: there is none before what is served is built. */
  readonly log: () => FastifyBaseLogger
}

/**
 * Attests facts of the network's own chain, and of those in the settings. What strangers' contracts answer reaches none of the
 * endpoints that checkpoints are made by, or what is known of them.
 */
export async function createFacts(config: ProverConfig, attesting: Attesting): Promise<Facts | undefined> {
  if (config.signing === 'off') return undefined
  const { key, network, database, signal, log } = attesting
  const urls = new Map([[network.chainId, config.rpcUrl], ...groupSources(config.factRpcUrl)])
  const chains = [...urls].map(([chainId, rpcUrl]) =>
    createFactChain({ ...config, chainId, endpoints: createEndpoints({ rpcUrl, signal }), signal }),
  )
  await Promise.all(chains.map((chain) => chain.identify().catch(refuseWrong)))
  return await openFacts({
    ...attesting,
    networkId: network.networkId,
    claims: createClaimSigner({ ...network, key, eas: config.eas }),
    store: storeFacts(database),
    home: network.chainId,
    chains: new Map(chains.map((chain) => [chain.chainId, chain])),
    limits: config.rateLimits,
    onFault: (error) => log().warn({ err: error }, 'A fact cannot be looked up.'),
  })
}

/** One that is down may come back; one of another chain does not. */
function refuseWrong(error: unknown): void {
  if (error instanceof ChainWrongError) throw error
}
