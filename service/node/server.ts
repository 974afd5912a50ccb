import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { logDatabase } from '../plugins/database/index.ts'
import { insideOf } from '../plugins/inside.ts'
import { showSettings } from '../plugins/show-settings.ts'
import { buildNode } from './app.ts'
import { type Assembled, assembleNode, type NodeEdges } from './assemble.ts'
import { checkProvers } from './check-provers.ts'
import { completeConfig, type NodeConfig, nodeSettings } from './config.ts'
import { forgetOld } from './forget-old.ts'
import { logCheckpoints } from './tell-checkpoints.ts'

/** A node that listens. */
export type RunningNode = {
  readonly url: string
  /** Where its operator is answered: `/metrics`, and `/healthz` with what nobody else is told. */
  readonly metricsUrl: string
  /** The node's Ed25519 key. */
  readonly key: Uint8Array
  /** Asks the provers at once, rather than at the next turn. */
  refresh(): Promise<void>
  close(): Promise<void>
}

const sweepMs = 3_600_000

/**
 * Starts a node: it stores and streams what meets the floor and the recipients' rules, and answers at a URL.
 *
 * @example
 * ```ts
 * import { parseRule } from '@pennypost/sdk/policy'
 * import { startNode } from '@pennypost/service/node'
 *
 * const node = await startNode({ port: 0, dataDir: undefined, defaultRule: parseRule('everyone') }) // in memory
 * console.log(`an open XMTP V2 node at ${node.url}`)
 * await node.close()
 * ```
 */
export async function startNode(some: Partial<NodeConfig> = {}, edges: NodeEdges = {}): Promise<RunningNode> {
  const config = completeConfig(some)
  const assembled = await assembleNode(config, edges)
  try {
    const { fetch, checkpoint } = assembled.context.deps
    if (!checkpoint()) await checkProvers(config, { fetch }) // who follows something may be lied to by all of them
    return await listen(config, assembled)
  } catch (error) {
    await assembled.close()
    throw error
  }
}

async function listen(
  config: NodeConfig,
  { context, checkpoints, database, address, close }: Assembled,
): Promise<RunningNode> {
  const { key, network } = context.deps
  const app = await buildNode(context, config)
  app.log.info({ settings: showSettings(nodeSettings, config) }, 'Starting with these settings.')
  logCheckpoints(checkpoints, app.log)
  logDatabase(database, app.log)
  const sweep = () =>
    forgetOld(context.deps, config.retention).catch((err) => app.log.error({ err }, 'Sweeping failed.'))
  const sweeping = setInterval(sweep, sweepMs)
  sweeping.unref()
  const first = sweep()
  const { url, metricsUrl } = await openListeners(app, config)
  address.url ||= url
  app.log.info(
    { url: address.url, metricsUrl, network: network.name, durability: context.about.durability },
    'The node is running.',
  )
  return {
    url: address.url,
    metricsUrl,
    key: key.publicKey,
    refresh: checkpoints.poll,
    async close() {
      clearInterval(sweeping)
      app.log.info('The node is closing.')
      await app.close()
      await first
      await close()
    },
  }
}

async function openListeners(app: FastifyInstance, config: NodeConfig): Promise<{ url: string; metricsUrl: string }> {
  const { host } = config
  try {
    await app.listen({ host, port: config.port })
    const { port } = app.server.address() as AddressInfo
    const metricsUrl = await app.inside.listen(insideOf(config))
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, metricsUrl }
  } catch (error) {
    await app.close()
    throw error
  }
}
