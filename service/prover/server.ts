import { type Address, networkIdOf } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import { openPglite, openPostgres } from '../plugins/database/index.ts'
import { buildApp } from './app.ts'
import { type ChainIdentity, type ChainReader, createViemReader } from './chain/index.ts'
import { createFileJournal, createMemoryJournal, createSigner, Issuer, loadKey, makeKey } from './checkpoints/index.ts'
import { type FullConfig, type ProverConfig, withDefaults } from './config.ts'
import { Follower } from './follower.ts'
import { Indexer } from './indexer/index.ts'
import { Ledger, leaksAt } from './ledger/index.ts'
import { createMetrics } from './metrics.ts'
import { createSqlStore, type ProverStore } from './store/index.ts'

/** A prover that runs. */
export type RunningProver = {
  readonly url: string
  /** Address of the key that signs checkpoints. */
  readonly signer: Address
  close(): Promise<void>
}

/** Starts a prover: it follows the chain, signs checkpoints, and answers at a URL. */
export async function startProver(config: ProverConfig): Promise<RunningProver> {
  if (config.signerKey !== undefined) createSigner(config.signerKey) // refused before anything is opened
  const store = await openStore(config)
  try {
    return await startOn(store, withDefaults(config))
  } catch (error) {
    await store.close()
    throw error
  }
}

async function startOn(store: ProverStore, config: FullConfig): Promise<RunningProver> {
  const { dataDir, network: name, noteTree, postage, nodes } = config
  const closing = new AbortController()
  const chain = createViemReader({ ...config, signal: closing.signal })
  const identity = await bindStore(store, chain, config)
  const signer = createSigner(config.signerKey ?? (dataDir ? await loadKey(dataDir) : makeKey()))
  const network = { name, networkId: networkIdOf(name), chainId: identity.chainId, noteTree, postage, nodes }

  const journal = dataDir ? createFileJournal(dataDir) : createMemoryJournal()
  // A key that was given may have signed before, with a store that is lost: its numbers go on from the clock's.
  const firstSequence = config.signerKey === undefined ? 1n : BigInt(now())
  const interval = config.checkpointSeconds
  const leaks = (at: Parameters<typeof leaksAt>[1]) => leaksAt({ chain, store }, at)
  const issuer = new Issuer({ chain, store, journal, signer, network, leaks, interval, firstSequence, now })
  await issuer.recover()
  const indexer = new Indexer({ chain, store, fromBlock: config.fromBlock, range: config.blockRange })
  const contracts = [...config.stakes, ...config.connections]
  const ledger = new Ledger({ chain, store, contracts, fromBlock: config.fromBlock, range: config.blockRange })
  const metrics = createMetrics()
  const app = await buildApp({ ...config, store, metrics, signer, network, now, progress: () => follower.progress })
  const follower = new Follower({
    chain,
    indexer,
    ledger,
    issuer,
    identity,
    log: app.log,
    metrics,
    pollMs: config.pollMs,
  })
  const url = await app.listen({ host: config.host, port: config.port })
  follower.start()
  app.log.info({ url, signer: signer.address, network: name }, 'The prover runs.')
  return {
    url,
    signer: signer.address,
    async close() {
      closing.abort(new Error('The prover is closing.'))
      await follower.stop()
      await app.close()
      await store.close()
    },
  }
}

const now = () => Math.floor(Date.now() / 1000)

async function openStore({ dataDir, databaseUrl }: ProverConfig): Promise<ProverStore> {
  if (databaseUrl) return await createSqlStore(await openPostgres('prover', databaseUrl))
  return await createSqlStore(await openPglite('prover', dataDir))
}

/** Ties the store to chain and contract, the first time; later only checks, and the chain may be down then. */
async function bindStore(store: ProverStore, chain: ChainReader, config: FullConfig): Promise<ChainIdentity> {
  const known = await store.deployment()
  if (known === undefined) {
    const identity = await chain.identity()
    await store.bind(describeDeployment(identity, config))
    return identity
  }
  const kept = readIdentity(known)
  const found = await chain.identity().catch(() => kept)
  if (describeDeployment(found, config) === known) return kept
  throw new DeploymentMismatchError('The database holds the log of another chain, network or note tree.', {
    hint: 'Set another PENNYPOST_DATA_DIR or PENNYPOST_DATABASE_URL.',
  })
}

function describeDeployment({ chainId, genesis }: ChainIdentity, { network, noteTree }: FullConfig) {
  return JSON.stringify({ chainId: String(chainId), genesis, network, noteTree })
}

function readIdentity(description: string): ChainIdentity {
  const { chainId, genesis } = JSON.parse(description)
  return { chainId: BigInt(chainId), genesis }
}

/** A prover was started with the database of another one. */
export class DeploymentMismatchError extends BaseError {
  readonly code = 'deployment.mismatch'
}
