import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { toHex } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import type { Database } from '../../plugins/database/index.ts'
import { type Fence, type FenceState, openFence, prepareFence, readFence, settleFence } from './fence-file.ts'
import { readKey, retireKey, writeKey } from './key-file.ts'

/** What a node is beside its data: the seed of its key, and the fence that old data does not pass. */
export type Identity = { readonly seed: Uint8Array; readonly fence: Fence }

/** Where it lies, and whether a database is taken that the fence refuses. */
export type IdentityPlace = {
  readonly directory: string
  readonly oldBackup: 'refuse' | 'accept'
  readonly now: number
}

/** Further than any node gets between a backup and its loss. */
const skipped = 2n ** 32n

/**
 * The identity of the node that a database belongs to. A database that is not at least what this node left is refused: it
 * has forgotten tickets that were used. Where it is taken nevertheless, another node goes on with it: with a new key, so
 * that the old one never signs two grants for one ticket, and numbers that the old one did not give.
 */
export async function openIdentity(database: Database, place: IdentityPlace): Promise<Identity> {
  const { directory, oldBackup, now } = place
  await mkdir(directory, { recursive: true })
  const seed = await readKey(directory)
  const state = await readDatabase(database)
  settleFence(directory, state.fenceId)
  const fault = faultOf({ ...state, fence: readFence(directory), hasKey: seed !== undefined })
  if (!fault && state.fenceId) return opened(directory, { ...state, fenceId: state.fenceId, seed: seed as Uint8Array })
  if (fault && oldBackup === 'refuse') {
    throw new DatabaseOldError(`The database is not what this node left: ${fault}.`, {
      hint: 'Put back what is newest, or start once with --old-backup accept, which costs the node its key (docs/operating.md).',
    })
  }
  if (fault && seed) await retireKey(directory, now)
  const known = fault ? undefined : (seed ?? state.seed)
  const kept = await writeKey(directory, known)
  const sequence = fault ? state.sequence + skipped : state.sequence
  const fenceId = toHex(randomBytes(16))
  prepareFence(directory, fenceId, sequence)
  await bind(database, { fenceId, sequence })
  settleFence(directory, fenceId)
  return opened(directory, { fenceId, sequence, seed: kept })
}

type Kept = { readonly sequence: bigint; readonly fenceId: string | undefined; readonly seed: Uint8Array | undefined }

async function readDatabase(database: Database): Promise<Kept> {
  const [counter] = await database.read({ text: `select value from counters where name = 'sequence'` })
  const rows = await database.read({ text: 'select name, value from secrets' })
  const secrets = new Map<string, Uint8Array>(rows.map(({ name, value }) => [name, new Uint8Array(value)]))
  const id = secrets.get('fence')
  return { sequence: BigInt(counter.value), fenceId: id && toHex(id), seed: secrets.get('node-key') }
}

type Found = Kept & { readonly fence: FenceState | undefined; readonly hasKey: boolean }

/** What is wrong with a database beside what lies in the directory. */
function faultOf({ fenceId, sequence, fence, hasKey }: Found): string | undefined {
  if (!fenceId && !fence) return undefined // new, or from before there were fences
  if (!fence) return 'the fence is missing in the data directory'
  if (fence.id !== fenceId) return 'it is older than the fence, or of another node'
  if (!fence.isOriginal) return 'the data directory is a copy, or was restored'
  if (!hasKey) return 'node.key is missing in the data directory'
  return sequence < fence.sequence ? `it ends at ${sequence}, the node came to ${fence.sequence}` : undefined
}

/** From now on the database belongs to a fence, and holds no key. */
async function bind(database: Database, { fenceId, sequence }: { fenceId: string; sequence: bigint }): Promise<void> {
  await database.write([
    { text: `delete from secrets where name in ('node-key', 'fence')` },
    { text: `insert into secrets values ('fence', $1)`, values: [Buffer.from(fenceId, 'hex')] },
    { text: `update counters set value = $1 where name = 'sequence'`, values: [sequence] },
  ])
}

type Bound = { readonly fenceId: string; readonly sequence: bigint; readonly seed: Uint8Array }

function opened(directory: string, { fenceId, sequence, seed }: Bound): Identity {
  const fence = openFence(directory, fenceId)
  fence.pass(sequence)
  return { seed, fence }
}

/** A database from before, which would let tickets be used twice. */
export class DatabaseOldError extends BaseError {
  readonly code = 'database.old'
}
