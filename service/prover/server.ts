import { type Address, networkIdOf, zeroAddress } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type Clock, wallClock } from '../plugins/clock.ts'
import {
  type Database,
  logDatabase,
  type MeasuredDatabase,
  measureDatabase,
  openPglite,
  openPostgres,
} from '../plugins/database/index.ts'
import { insideOf } from '../plugins/inside.ts'
import { SettingInvalidError } from '../plugins/settings.ts'
import { showSettings } from '../plugins/show-settings.ts'
import { buildApp } from './app.ts'
import {
  type ChainIdentity,
  type ChainReader,
  checkContracts,
  createEndpoints,
  createViemReader,
  type Endpoints,
} from './chain/index.ts'
import {
  createFileJournal,
  createMemoryJournal,
  createPeers,
  createProposals,
  createSigner,
  Issuer,
  loadKey,
  makeKey,
  type NetworkInfo,
  type Signer,
  SignerForgotError,
} from './checkpoints/index.ts'
import { completeConfig, type ProverConfig, type ProverOptions, proverSettings } from './config.ts'
import { Follower, type Progress } from './follower.ts'
import { Indexer } from './indexer/index.ts'
import { createIssuerKey, type IssuerKey, loadIssuerKey, makeIssuerKey } from './issuing/index.ts'
import { Ledger } from './ledger/index.ts'
import { createMetrics, type Metrics, measureCheckpoint, measureProgress } from './metrics.ts'
import { createCheckpointWatcher, createFacts, createSchedule, createWatcher, type Issuing } from './parts.ts'
import { createSqlStore, type ProverStore } from './store/index.ts'
import { tellEndpoints } from './tell-endpoints.ts'
import { tellSigner } from './tell-signer.ts'

/** What reaches out of the process, for those who replace it. */
export type ProverEdges = { readonly clock?: Clock | undefined }

/** A prover that runs. */
export type RunningProver = {
  readonly url: string
  /** Where its operator is answered: `/metrics`. */
  readonly metricsUrl: string
  /** Address of the key that signs checkpoints. */
  readonly signer: Address
  close(): Promise<void>
}

/**
 * Starts a prover: it follows the chain, signs checkpoints, has cheaters slashed, and answers at a URL.
 *
 * @example
 * ```ts
 * import { startProver } from '@pennypost/service/prover'
 *
 * const rpcUrl = 'http://127.0.0.1:8545'
 * const prover = await startProver({ rpcUrl, noteTree: contracts.noteTree, postage: [contracts.postage], port: 0 })
 * console.log(`${prover.url} signs as ${prover.signer}`)
 * await prover.close()
 * ```
 */
export async function startProver(options: ProverOptions, edges: ProverEdges = {}): Promise<RunningProver> {
  const config = completeConfig(options)
  // Refused before anything is opened.
  if (config.signerKey !== undefined) createSigner(config.signerKey)
  if (config.issuerKey !== undefined) createIssuerKey(config.issuerKey)
  const metrics = createMetrics()
  const database = measureDatabase(await openDatabase(config), metrics.registry)
  const store = await createSqlStore(database).catch(async (error) => {
    await database.close()
    throw error
  })
  try {
    return await startOn(store, config, { clock: edges.clock ?? wallClock, metrics, database })
  } catch (error) {
    await store.close()
    throw error
  }
}

type Watched = { readonly clock: Clock; readonly metrics: Metrics; readonly database: MeasuredDatabase }

async function startOn(store: ProverStore, config: ProverConfig, watched: Watched): Promise<RunningProver> {
  const { clock, metrics, database } = watched
  const closing = new AbortController()
  const { signal } = closing
  const endpoints = createEndpoints({ ...config, signal })
  const chain = createViemReader({ ...config, transport: endpoints.transport, signal })
  const identity = await bindStore(store, { chain, endpoints, config })
  const network = describeNetwork(config, identity)
  const [signer, issuerKey] = [await openSigner(config), await openIssuerKey(config)]
  const issuers = () => [{ url: config.publicUrl ?? urls.url, x: issuerKey.x, y: issuerKey.y }]
  const issuing = { chain, store, network, signer, clock, signal, confirm: endpoints.confirm, issuers }
  const issuer = config.signing === 'on' ? await createIssuer(config, issuing) : onlyWatching
  const source = { chain, store, fromBlock: config.fromBlock, range: config.blockRange }
  const indexer = new Indexer({ ...source, capacity: identity.capacity })
  const ledger = new Ledger({ ...source, contracts: contractsOf(config) })
  const running = {
    progress: () => follower.progress,
    watched: () => watcher,
    findings: () => checkpoints?.findings ?? [],
    proposed: () => issuer.proposed,
  }
  const facts = await createFacts(config, { ...issuing, key: issuerKey, database, log: () => app.log })
  const known = { store, metrics, signer, network, clock, issuer: issuerKey, facts, capacity: identity.capacity }
  const app = await buildApp({ ...config, ...running, ...known })
  const { log } = app
  await tellStart(log, { ...watched, ...running, store, config, endpoints, signer: signer.address })
  const reading = { chain, endpoints, indexer, ledger, identity, issuer, clock, metrics, log }
  const follower = new Follower({ ...reading, pollMs: config.pollMs })
  const watching = { ...issuing, transport: endpoints.transport, metrics, log }
  const checkpoints = createCheckpointWatcher(config, { ...watching, capacity: identity.capacity })
  const watcher = createWatcher(config, { ...watching, checkpoints })
  const urls = await listen(app, config)
  for (const one of [follower, watcher]) one.start()
  log.info({ ...urls, signer: signer.address }, 'The prover is running.')
  return {
    ...urls,
    signer: signer.address,
    async close() {
      log.info('The prover is closing.')
      closing.abort(new Error('The prover is closing.'))
      await Promise.all([follower.stop(), watcher.stop()])
      await app.close().then(() => store.close())
    },
  }
}

type Told = Watched & {
  readonly store: ProverStore
  readonly progress: () => Progress
  readonly config: ProverConfig
  readonly endpoints: Endpoints
  readonly signer: Address
}

async function tellStart(log: FastifyBaseLogger, told: Told): Promise<void> {
  const { config, endpoints, database, metrics, signer } = told
  measureCheckpoint(metrics.registry, told)
  measureProgress(metrics.registry, told)
  log.info({ settings: showSettings(proverSettings, config) }, 'Starting with these settings.')
  tellEndpoints(endpoints, log, metrics)
  logDatabase(database, log)
  await tellSigner(log, { config, signer, transport: endpoints.transport })
}

async function listen(app: FastifyInstance, config: ProverConfig): Promise<Pick<RunningProver, 'url' | 'metricsUrl'>> {
  try {
    const url = await app.listen({ host: config.host, port: config.port })
    return { url, metricsUrl: await app.inside.listen(insideOf(config)) }
  } catch (error) {
    await app.close()
    throw error
  }
}

const openSigner = async ({ signerKey, dataDir }: ProverConfig): Promise<Signer> =>
  createSigner(signerKey ?? (dataDir ? await loadKey(dataDir) : makeKey()))

const openIssuerKey = async ({ issuerKey, dataDir }: ProverConfig): Promise<IssuerKey> =>
  createIssuerKey(issuerKey ?? (dataDir ? await loadIssuerKey(dataDir) : makeIssuerKey()))

/** Stands for an issuer where nothing is signed. */
const onlyWatching = { issue: async () => 0, proposed: undefined }

/** Whose events the ledger keeps. */
const contractsOf = ({ noteTree, stakes, connections, checkpointRegistry }: ProverConfig): Address[] => [
  noteTree,
  ...stakes,
  ...connections,
  ...(checkpointRegistry ? [checkpointRegistry] : []),
]

/** Signs from where the last process ended. */
async function createIssuer(config: ProverConfig, issuing: Issuing): Promise<Issuer> {
  const { dataDir, signerKey, checkpointRegistry, isNewNetwork } = config
  const journal = dataDir ? createFileJournal(dataDir) : createMemoryJournal()
  // A key that was given may have signed before, with a store that is lost, and where the chain says who signs, others may.
  const isFresh = signerKey === undefined && checkpointRegistry === undefined
  const mayBegin = () => isFresh || isNewNetwork === 'on'
  const peers = createPeers(config.peers, issuing.signal)
  const proposals = createProposals(config.peers, issuing.signal)
  const schedule = createSchedule(config, issuing)
  // Without a registry, what is signed depends on the clock: nobody could make the same again. A key of its own was made with a journal.
  if (isFresh && dataDir && isNewNetwork === 'off' && !(await journal.read())) throw new SignerForgotError()
  const issuer = new Issuer({ ...issuing, journal, schedule, peers, proposals, mayBegin })
  await issuer.recover()
  return issuer
}

function describeNetwork(config: ProverConfig, { chainId }: ChainIdentity): NetworkInfo {
  const { network: name, noteTree, postage, stakes, payments, connections, checkpointRegistry, nodes } = config
  const contracts = { noteTree, postage, stakes, payments, connections, checkpointRegistry }
  const registry = checkpointRegistry ?? zeroAddress
  return { name, networkId: networkIdOf(name), chainId, registry, nodes, ...contracts }
}

const openDatabase = ({ dataDir, databaseUrl }: ProverConfig): Promise<Database> =>
  databaseUrl ? openPostgres('prover', databaseUrl) : openPglite('prover', dataDir)

/** Ties the store to chain and contract, the first time; later only checks, and the chain may be down then. */
async function bindStore(
  store: ProverStore,
  { chain, endpoints, config }: { chain: ChainReader; endpoints: Endpoints; config: ProverConfig },
): Promise<ChainIdentity> {
  const known = await store.deployment()
  await endpoints.check(known === undefined ? undefined : readIdentity(known))
  await checkContracts(endpoints.transport, config).catch((error) => {
    if (known === undefined || error instanceof SettingInvalidError) throw error
  })
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

function describeDeployment({ chainId, genesis, capacity }: ChainIdentity, { network, noteTree }: ProverConfig) {
  return JSON.stringify({ chainId: String(chainId), genesis, network, noteTree, capacity })
}

function readIdentity(description: string): ChainIdentity {
  const { chainId, genesis, capacity } = JSON.parse(description)
  return { chainId: BigInt(chainId), genesis, capacity }
}

/** A prover was started with the database of another one. */
export class DeploymentMismatchError extends BaseError {
  readonly code = 'deployment.mismatch'
}
