import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { ed25519PublicKey, loadFastSecp256k1, networkIdOf, useSecp256k1 } from '@pennypost/sdk/crypto'
import { type Database, openPglite, openPostgres } from '../plugins/database/index.ts'
import { buildNode } from './app.ts'
import { createBus } from './bus.ts'
import { type Checkpoints, followCheckpoints } from './checkpoints.ts'
import { completeConfig, type NodeConfig } from './config.ts'
import type { NodeDeps } from './deps.ts'
import { useFastEd25519 } from './ed25519.ts'
import { createFailureBudget } from './failure-budget.ts'
import { createGroth16 } from './groth16.ts'
import { createMetrics } from './metrics.ts'
import type { RouteContext } from './routes/context.ts'
import { createNodeState } from './state/node-state.ts'
import { createSqlStore, type NodeStore } from './store/index.ts'
import { createStreams } from './streams.ts'
import { createTokenReader } from './tokens.ts'

/** A node that listens. */
export type RunningNode = {
  readonly url: string
  /** The node's Ed25519 key. */
  readonly key: Uint8Array
  /** Asks the provers at once, rather than at the next turn. */
  refresh(): Promise<void>
  close(): Promise<void>
}

const keepAliveMs = 30_000
const sweepMs = 3_600_000
const failedProofsPerMinute = 20

/**
 * Starts a node.
 *
 * @example
 * ```ts
 * const node = await startNode({ port: 0, floor: parseRule('everyone') })
 * ```
 */
export async function startNode(some: Partial<NodeConfig> = {}): Promise<RunningNode> {
  const config = completeConfig(some)
  const clock = () => Date.now() / 1000
  const ed25519 = useFastEd25519()
  await loadFastSecp256k1().then(useSecp256k1, () => undefined) // the portable one stays
  const groth16 = await createGroth16[config.groth16]()
  const store = await createSqlStore(await openDatabase(config))
  const checkpoints = await follow(config, store, clock)
  const address = { url: config.publicUrl ?? '' }
  const deps = await createDeps(config, { store, checkpoints, clock, groth16, address })
  const metrics = createMetrics()
  const context: RouteContext = {
    deps,
    metrics,
    tokens: createTokenReader(clock),
    streams: createStreams({ keepAliveMs, gauge: metrics.openStreams }),
    failures: createFailureBudget({ perMinute: config.rateLimits === 'on' ? failedProofsPerMinute : Infinity, clock }),
    about: { durability: durabilityOf(config), verifier: config.groth16, ed25519, provers: checkpoints.health },
  }
  return listen(config, { context, checkpoints, address })
}

/** Where the node is reached; known when it listens. */
type NodeAddress = { url: string }

type Listening = { readonly context: RouteContext; readonly checkpoints: Checkpoints; readonly address: NodeAddress }

async function listen(config: NodeConfig, { context, checkpoints, address }: Listening): Promise<RunningNode> {
  const { deps } = context
  const { logLevel } = config
  const app = await buildNode(context, {
    logLevel,
    rateLimits: config.rateLimits === 'on',
    trustProxy: config.trustProxy === 'on',
  })
  const unlisten = deps.store.onStored(deps.bus.publish)
  const sweeping = setInterval(() => void sweep(app.log, deps), sweepMs)
  sweeping.unref()
  await app.listen({ host: config.host, port: config.port })
  const { port } = app.server.address() as AddressInfo
  address.url ||= `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  const { url } = address
  app.log.info({ url, network: deps.network.name, durability: context.about.durability }, 'node listens')
  return {
    url,
    key: deps.key.publicKey,
    refresh: checkpoints.poll,
    async close() {
      clearInterval(sweeping)
      await app.close()
      await checkpoints.close()
      unlisten()
      await deps.store.close()
    },
  }
}

type Parts = Pick<NodeDeps, 'store' | 'clock' | 'groth16'> & Omit<Listening, 'context'>

async function createDeps(
  config: NodeConfig,
  { store, clock, groth16, checkpoints, address }: Parts,
): Promise<NodeDeps> {
  const { floor, defaultRule, requestBits, requestsPerDay, walletUnits } = config
  const seed = new Uint8Array(await store.secret('node-key', () => randomBytes(32)))
  const isOpen = floor.kind === 'everyone'
  return {
    network: { name: config.network, id: networkIdOf(config.network), floor, defaultRule },
    limits: { requestBits, requestsPerDay, unitsPerDay: walletUnits ?? (isOpen ? Infinity : 256) },
    store,
    state: createNodeState(store),
    bus: createBus(),
    groth16,
    clock,
    checkpoint: checkpoints.view,
    key: { seed, publicKey: ed25519PublicKey(seed) },
    provideUrl: () => config.provideUrl ?? `${address.url}/docs`,
  }
}

const follow = (config: NodeConfig, store: NodeStore, clock: () => number): Promise<Checkpoints> =>
  followCheckpoints({
    store,
    clock,
    provers: config.provers,
    seconds: config.checkpointSeconds,
    trust: { networkId: networkIdOf(config.network), signers: config.signers, threshold: config.threshold },
  })

const openDatabase = ({ databaseUrl, dataDir }: NodeConfig): Promise<Database> =>
  databaseUrl ? openPostgres('node', databaseUrl) : openPglite('node', dataDir)

function durabilityOf({ databaseUrl, dataDir }: NodeConfig): string {
  if (databaseUrl) return 'PostgreSQL: what is acknowledged survives a crash and, with fsync on, a power cut.'
  if (!dataDir) return 'In memory: everything is gone when the process ends.'
  return 'PGlite: what is acknowledged survives a crash of the process, but not a power cut. Use PostgreSQL for that.'
}

async function sweep(log: { error(fact: object, message: string): void }, { store, clock }: NodeDeps): Promise<void> {
  await store.sweep(Math.floor(clock())).catch((error) => log.error({ error }, 'sweeping failed'))
}
