import { randomBytes } from 'node:crypto'
import type { Registry } from 'prom-client'
import {
  type Database,
  type MeasuredDatabase,
  measureDatabase,
  openPglite,
  openPostgres,
} from '../plugins/database/index.ts'
import type { NodeConfig } from './config.ts'
import { openIdentity } from './identity/index.ts'
import { createSqlStore, type NodeStore } from './store/index.ts'

type Opened = {
  readonly store: NodeStore
  /** Of the node's own key, 32 bytes. */
  readonly seed: Uint8Array
  readonly database: Pick<MeasuredDatabase, 'listen'>
}

/** How a node comes to its store; `now` is in unix seconds. */
export type OpenStore = (
  config: NodeConfig,
  edges: { readonly registry: Registry; readonly now: number },
) => Promise<Opened>

/** A node's store and the seed of its key, which lies in the data directory; without one, in the database. */
export const openDatabaseStore: OpenStore = async (config, { registry, now }) => {
  const database = measureDatabase(await openDatabase(config), registry)
  try {
    return await openOver(database, config, now)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openOver(
  database: MeasuredDatabase,
  { dataDir: directory, oldBackup }: NodeConfig,
  now: number,
): Promise<Opened> {
  let seed: Uint8Array | undefined
  const openFence = async () => {
    if (!directory) return undefined
    const identity = await openIdentity(database, { directory, oldBackup, now })
    seed = identity.seed
    return identity.fence
  }
  const store = await createSqlStore(database, { openFence })
  return { store, database, seed: seed ?? new Uint8Array(await store.secret('node-key', () => randomBytes(32))) }
}

const openDatabase = ({ databaseUrl, dataDir }: NodeConfig): Promise<Database> =>
  databaseUrl ? openPostgres('node', databaseUrl) : openPglite('node', dataDir)
