import { ed25519PublicKey, loadFastSecp256k1, networkIdOf, useSecp256k1, zeroAddress } from '@pennypost/sdk/crypto'
import { type Clock, wallClock } from '../plugins/clock.ts'
import type { MeasuredDatabase } from '../plugins/database/index.ts'
import { createAnswers, readPerMinute } from './answers.ts'
import { type AppSource, builtApp, sdkKeys } from './app-source.ts'
import { bodyBounds, createBodyBudget } from './body-budget.ts'
import { createBudget } from './budget.ts'
import { createBus } from './bus.ts'
import { type Checkpoints, followCheckpoints } from './checkpoints.ts'
import type { NodeConfig } from './config.ts'
import { createDepartures } from './departures.ts'
import type { NodeDeps } from './deps.ts'
import { useFastEd25519 } from './ed25519.ts'
import { createGroth16, type NodeGroth16 } from './groth16.ts'
import { createLeaks } from './leaks.ts'
import { createLimitedCallers } from './limited-callers.ts'
import { measureNode } from './measure.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { followTerms } from './network-terms.ts'
import { type OpenStore, openDatabaseStore } from './open-store.ts'
import { createProofQueue, type ProofLimits } from './proof-queue.ts'
import { provideLink, providePath } from './provide-link.ts'
import type { RouteContext } from './routes/context.ts'
import { createNodeState } from './state/node-state.ts'
import { type NodeStore, unattendedDays } from './store/index.ts'
import { createStreams } from './streams.ts'
import { countCheckpoints } from './tell-checkpoints.ts'
import { createTokenReader } from './tokens.ts'
import { createWaiting, streamBudgets } from './waiting.ts'
import { createDecoder } from './wire/decoder.ts'

/** What reaches out of the process, for those who replace it. */
export type NodeEdges = Partial<Pick<NodeDeps, 'clock' | 'groth16'>> & {
  readonly fetch?: typeof globalThis.fetch
  readonly openStore?: OpenStore
  /** Of the app for browsers, where it is not beside the service; and what a network for trying things out tells it besides. */
  readonly app?: Partial<Pick<AppSource, 'folder' | 'keys' | 'local'>> | undefined
}

/** The parts of a node, put together. */
export type Assembled = {
  readonly context: RouteContext
  readonly checkpoints: Checkpoints
  readonly database: Pick<MeasuredDatabase, 'listen'>
  /** Where the node is reached; whoever listens fills it in. */
  readonly address: { url: string }
  close(): Promise<void>
}

const keepAliveMs = 30_000
/** Of one caller: in a minute, and for streams at a time. */
const limits = { freeLanes: 300, renewals: 600, parkings: 120, lookups: 120_000, streams: 1_000_000 }
/** A caller that shows none that are false has 20 verified at a time. */
const proofLimits: ProofLimits = { failed: 20, ofCaller: 500, overall: 2_000 }
const noProofLimits: ProofLimits = { failed: Infinity, ofCaller: Infinity, overall: Infinity }

const noBodyBounds = { ofCaller: Infinity, ofMinute: Infinity, overall: Infinity }

/** Opens the store and puts the node's parts together; nothing listens yet. */
export async function assembleNode(config: NodeConfig, edges: NodeEdges = {}): Promise<Assembled> {
  const { clock = wallClock, fetch = globalThis.fetch, openStore = openDatabaseStore } = edges
  const ed25519 = useFastEd25519()
  await loadFastSecp256k1().then(useSecp256k1, () => undefined) // the portable one stays
  const groth16: NodeGroth16 = edges.groth16 ?? (await createGroth16[config.groth16]())
  const metrics = createMetrics()
  const { store, seed, database } = await openStore(config, { registry: metrics.registry, now: clock() })
  const checkpoints = await followCheckpoints({ ...sourceOf(config), store, clock, fetch })
  const address = { url: config.publicUrl ?? '' }
  countCheckpoints(checkpoints, metrics)
  const app = { folder: builtApp, keys: sdkKeys, ...edges.app, config }
  const deps = await createDeps(config, { store, seed, clock, groth16, checkpoints, address, app, metrics, fetch })
  const unlisten = store.onStored(deps.bus.publish)
  const context = createContext(config, { deps, checkpoints, ed25519, metrics, app })
  measureNode(metrics.registry, { ...deps, ...context })
  return {
    context,
    checkpoints,
    database,
    address,
    async close() {
      await checkpoints.close()
      unlisten()
      await store.close()
      groth16.close?.()
      context.decoder.close()
    },
  }
}

type Parts = Pick<NodeDeps, 'clock' | 'groth16' | 'fetch'> &
  Pick<Assembled, 'checkpoints' | 'address'> & {
    readonly store: NodeStore
    readonly seed: Uint8Array
    readonly app: AppSource
    readonly metrics: Metrics
  }

async function createDeps(config: NodeConfig, parts: Parts): Promise<NodeDeps> {
  const { store, seed, clock, groth16, checkpoints, address, app, metrics, fetch } = parts
  const path = providePath(app)
  const { floor, defaultRule, requestBits, decimals } = config
  const id = networkIdOf(config.network)
  const checkpoint = checkpoints.view
  const terms = followTerms({ floor, defaultRule, requestBits, decimals }, checkpoint)
  const onFound = () => metrics.leaks.inc()
  return {
    network: { name: config.network, id },
    terms,
    unattended: { rule: config.unattendedRule, days: unattendedDays(config.retention) },
    limits: limitsOf(config, () => terms().floor.kind === 'everyone'),
    store,
    state: createNodeState(store),
    bus: createBus(),
    groth16,
    clock,
    checkpoint,
    nodeSets: checkpoints.sets,
    fetch,
    parkings: budgets(config, clock)(limits.parkings),
    leaks: await createLeaks({ networkId: id, store, checkpoint, clock, onFound }),
    key: { seed, publicKey: ed25519PublicKey(seed) },
    provideUrl: (refused) => provideLink(config.provideUrl ?? `${address.url}/${path}`, refused),
  }
}

function limitsOf(config: NodeConfig, isOpen: () => boolean): NodeDeps['limits'] {
  const { requestsPerDay, walletUnits, ownUnits, addressWallets, rateLimits } = config
  return {
    requestsPerDay,
    unitsPerDay: () => walletUnits ?? (isOpen() ? Infinity : 256),
    ownUnitsPerDay: () => ownUnits ?? (isOpen() ? Infinity : 2048),
    walletsPerAddress: rateLimits === 'on' ? addressWallets : Infinity,
  }
}

type Running = {
  readonly deps: NodeDeps
  readonly checkpoints: Checkpoints
  readonly ed25519: string
  readonly metrics: Metrics
  readonly app: AppSource
}

const budgets =
  ({ rateLimits }: NodeConfig, clock: Clock) =>
  (perMinute: number) =>
    createBudget({ perMinute: rateLimits === 'on' ? perMinute : Infinity, clock })

function createContext(config: NodeConfig, { deps, checkpoints, ed25519, metrics, app }: Running): RouteContext {
  const { clock, store } = deps
  const budget = budgets(config, clock)
  return {
    deps,
    metrics,
    app,
    tokens: createTokenReader(clock),
    departures: createDepartures(clock),
    streams: createStreams({
      clock,
      keepAliveMs,
      gauge: metrics.openStreams,
      position: store.position,
      waiting: createWaiting({
        caller: config.rateLimits === 'on' ? streamBudgets.caller : Infinity,
        node: streamBudgets.node,
        gauge: metrics.waitingBytes,
      }),
      maxWeight: config.rateLimits === 'on' ? limits.streams : Infinity,
    }),
    proofs: createProofQueue({ clock, limits: config.rateLimits === 'on' ? proofLimits : noProofLimits }),
    bodies: createBodyBudget({ clock, bounds: config.rateLimits === 'on' ? bodyBounds : noBodyBounds }),
    answers: createAnswers({ clock, perMinute: config.rateLimits === 'on' ? readPerMinute : Infinity }),
    decoder: createDecoder(),
    lookups: budget(limits.lookups),
    freeLanes: budget(limits.freeLanes),
    renewals: budget(limits.renewals),
    limited: createLimitedCallers(clock),
    about: {
      durability: durabilityOf(config),
      verifier: config.groth16,
      ed25519,
      provers: checkpoints.health,
      doubt: checkpoints.doubt,
    },
  }
}

const sourceOf = ({ provers, checkpointSeconds: seconds, signers, threshold, successors, ...config }: NodeConfig) => ({
  provers,
  successors,
  seconds,
  trust: {
    networkId: networkIdOf(config.network),
    chainId: BigInt(config.chainId),
    noteTree: config.noteTree ?? zeroAddress,
    registry: config.checkpointRegistry ?? zeroAddress,
    signers,
    threshold,
  },
})

function durabilityOf({ databaseUrl, dataDir }: NodeConfig): string {
  if (databaseUrl) return 'PostgreSQL: what is acknowledged survives a crash and, with fsync on, a power cut.'
  if (!dataDir) return 'In memory: everything is lost when the process ends.'
  return 'PGlite: what is acknowledged survives a crash of the process, but not a power cut. Use PostgreSQL for that.'
}
