import type { Database, Row } from '../../plugins/database/index.ts'
import type { Change, NewEnvelope, StoredEnvelope } from './node-store.ts'
import { count, otherStatements, storeEnvelopes } from './statements.ts'

/** Bounds of one transaction. */
const maxEnvelopes = 1024
const maxBytes = 16 * 1024 * 1024

type Numbered = NewEnvelope & { readonly sequence: bigint }
type Waiting = {
  readonly change: Change
  readonly resolve: (sequences: readonly bigint[]) => void
  readonly reject: (error: unknown) => void
}

/** How a change is written and who hears of it. */
export type GroupCommit = {
  write(change: Change): Promise<readonly bigint[]>
  position(): bigint
  /** How many changes wait for a transaction to begin. */
  waiting(): number
  onStored(listener: (stored: readonly StoredEnvelope[]) => void): () => void
  /** Resolves when everything that waits is written. */
  idle(): Promise<void>
}

/** The last sequence that was given, and who is told of each that is committed before anybody else is. */
export type Beginning = { readonly last: bigint; readonly onCommit: (sequence: bigint) => void }

/**
 * Writes changes that wait at the same moment in one transaction, and one transaction after the other, so that sequences
 * are committed in their order. Where a transaction fails, its changes are tried one by one: only the culprit is refused.
 */
export function createGroupCommit(database: Database, { last, onCommit }: Beginning): GroupCommit {
  const listeners = new Set<(stored: readonly StoredEnvelope[]) => void>()
  const waiting: Waiting[] = []
  let running: Promise<void> | undefined
  let numbered = last
  let committed = last

  async function run(): Promise<void> {
    await new Promise(setImmediate) // what arrived in the same turn of the event loop shares the transaction
    while (waiting.length > 0) {
      const batch = waiting.splice(0, countOfBatch(waiting))
      await commit(batch).catch((error) => retry(batch, error))
    }
    running = undefined
  }

  async function commit(batch: readonly Waiting[]): Promise<void> {
    const perChange = batch.map(({ change }) => number(change))
    const envelopes = perChange.flat()
    const sequence = envelopes.at(-1)?.sequence ?? ++numbered // what stores no envelope counts too
    const inserted = await transact(database, batch, { envelopes, last: sequence })
    committed = sequence
    onCommit(sequence)
    const stored = envelopes.filter(({ sequence }) => inserted.has(sequence))
    if (stored.length > 0) for (const listener of listeners) listener(stored)
    for (const [i, { resolve }] of batch.entries()) {
      resolve((perChange[i] ?? []).map(({ sequence }) => (inserted.has(sequence) ? sequence : 0n)))
    }
  }

  const number = (change: Change): Numbered[] =>
    (change.envelopes ?? []).map((envelope) => ({ ...envelope, sequence: ++numbered }))

  async function retry(batch: readonly Waiting[], error: unknown): Promise<void> {
    if (batch.length === 1) return batch[0]?.reject(error)
    for (const entry of batch) await commit([entry]).catch(entry.reject)
  }

  return {
    write: (change) =>
      new Promise((resolve, reject) => {
        if (isEmpty(change)) return resolve((running ?? Promise.resolve()).then(() => [])) // after what it repeats
        waiting.push({ change, resolve, reject })
        running ??= run()
      }),
    position: () => committed,
    waiting: () => waiting.length,
    onStored(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    idle: () => running ?? Promise.resolve(),
  }
}

/** How many of the changes that wait fit into one transaction: one at least. */
function countOfBatch(waiting: readonly Waiting[]): number {
  let [envelopes, bytes] = [0, 0]
  const end = waiting.findIndex(({ change }, i) => {
    envelopes += change.envelopes?.length ?? 0
    bytes += sizeOf(change)
    return i > 0 && (envelopes > maxEnvelopes || bytes > maxBytes)
  })
  return end < 0 ? waiting.length : end
}

/** Writes a batch; answers the sequences of the envelopes that are new. */
async function transact(
  database: Database,
  batch: readonly Waiting[],
  { envelopes, last }: { readonly envelopes: readonly Numbered[]; readonly last: bigint },
): Promise<ReadonlySet<bigint>> {
  const lanes = new Map(batch.flatMap(({ change }) => change.lanes ?? []).map((lane) => [hex(lane.use), lane]))
  const others = batch.flatMap(({ change }) => otherStatements(change))
  const isStoring = envelopes.length > 0 || lanes.size > 0
  const counting = isStoring ? storeEnvelopes(envelopes, { lanes: [...lanes.values()], last }) : count(last)
  const rows = await database.write([...others, counting])
  const inserted: Row[] = isStoring ? (rows.at(-1) ?? []) : []
  return new Set(inserted.map(({ sequence }) => BigInt(sequence)))
}

const isEmpty = (change: Change): boolean =>
  !change.envelopes?.length && !change.lanes?.length && otherStatements(change).length === 0

const sizeOf = ({ envelopes = [] }: Change): number => envelopes.reduce((sum, { message }) => sum + message.length, 0)

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
