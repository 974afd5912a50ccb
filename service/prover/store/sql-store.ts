import { emptyTreeRoot, forestRootOf, fromBytes } from '@pennypost/sdk/crypto'
import { emptyChain, trimTrees } from '@pennypost/sdk/notes'
import { type Database, migrate, type Statement } from '../../plugins/database/index.ts'
import type { BlockRef } from './block-ref.ts'
import type { LogEntry, LogPosition, ProverStore } from './prover-store.ts'
import { columnsOf, readCheckpoint, readOperation, toArray } from './rows.ts'
import { steps } from './schema.ts'
import { storeLedger } from './sql-ledger.ts'

/** Blocks that are kept to find out where a chain was reorganised. */
const keptBlocks = 256

/** The store on PGlite or PostgreSQL. */
export async function createSqlStore(database: Database): Promise<ProverStore> {
  await migrate(database, steps)
  return {
    ...bindTo(database),
    ...storeLog(database),
    ...readLog(database),
    ...readTrees(database),
    ...storeCheckpoints(database),
    ...storeLedger(database),
    async probe() {
      await database.write([{ text: 'update deployment set description = description' }])
    },
    close: () => database.close(),
  }
}

function bindTo(database: Database): Pick<ProverStore, 'deployment' | 'bind'> {
  return {
    async deployment() {
      const [row] = await database.read({ text: 'select description from deployment' })
      return row?.description
    },
    async bind(description) {
      await database.write([{ text: 'insert into deployment values (1, $1)', values: [description] }])
    },
  }
}

function storeLog(database: Database): Pick<ProverStore, 'blocks' | 'append' | 'rollback'> {
  return {
    async blocks() {
      const rows = await database.read({ text: 'select number, hash from blocks order by number desc' })
      return rows.map(({ number, hash }) => ({ number: BigInt(number), hash }))
    },
    async append(entries, block) {
      await database.write([...addEntries(entries), ...addBlock(block)])
    },
    async rollback(block) {
      const values = [String(block)]
      await database.write([
        { text: 'delete from operations where block > $1', values },
        { text: 'delete from blocks where number > $1', values },
      ])
    },
  }
}

function addEntries(entries: readonly LogEntry[]): Statement[] {
  if (entries.length === 0) return []
  const text = `insert into operations
    (index, kind, leaf_index, commitment, class_id, ticket_limit, expiry, leaf, chain, root, block,
      tree, subtree, tree_root, node)
    select * from unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bytea[], $5::bytea[], $6::integer[],
      $7::bigint[], $8::bytea[], $9::bytea[], $10::bytea[], $11::bigint[],
      $12::integer[], $13::integer[], $14::bytea[], $15::bytea[])`
  return [{ text, values: columnsOf(entries) }]
}

function addBlock({ number, hash }: BlockRef): Statement[] {
  const add = 'insert into blocks values ($1, $2) on conflict (number) do update set hash = excluded.hash'
  const keep = 'delete from blocks where number not in (select number from blocks order by number desc limit $1)'
  return [
    { text: add, values: [String(number), hash] },
    { text: keep, values: [keptBlocks] },
  ]
}

function readLog(
  database: Database,
): Pick<ProverStore, 'position' | 'leaves' | 'operations' | 'operationsUntil' | 'roots'> {
  return {
    position: (operations) => readPosition(database, operations),
    async leaves(operations, { from, limit }) {
      const newest = `select leaf_index + 1 as size from operations where kind = 1 and index < $1
        order by index desc limit 1`
      const [last] = await database.read({ text: newest, values: [operations] })
      const text = `select case when exists (
          select 1 from operations as gone where gone.leaf_index = put.leaf_index and gone.kind = 2 and gone.index < $1
        ) then null else leaf end as leaf
        from operations as put where kind = 1 and index < $1 and leaf_index >= $2::bigint order by leaf_index limit $3`
      const rows = await database.read({ text, values: [operations, from, limit] })
      return {
        size: Number(last?.size ?? 0),
        leaves: rows.map(({ leaf }) => (leaf ? toArray(leaf) : new Uint8Array(32))),
      }
    },
    async operations(operations, { from, limit }) {
      const text = 'select * from operations where index >= $1 and index < $2 order by index limit $3'
      const rows = await database.read({ text, values: [from, operations, limit] })
      return rows.map(readOperation)
    },
    async operationsUntil(block) {
      const text = 'select index from operations where block <= $1 order by index desc limit 1'
      const [row] = await database.read({ text, values: [String(block)] })
      return row ? Number(row.index) + 1 : 0
    },
    async roots(from, to) {
      const text = 'select root from operations where index >= $1 and index < $2 order by index'
      const rows = await database.read({ text, values: [from, to] })
      return rows.map(({ root }) => toArray(root))
    },
  }
}

function readTrees(database: Database): Pick<ProverStore, 'trees' | 'nodes'> {
  /** The newest of a column for each number from 0 to that of the newest leaf. */
  const newestOf = async (text: string, values: readonly unknown[]): Promise<(Buffer | null)[]> =>
    (await database.read({ text, values: [...values] })).map(({ root }) => root)
  return {
    async trees(operations) {
      const text = `select found.tree_root as root
        from generate_series(0, (${newestLeaf('tree', 'true')})) as numbers (tree)
        left join lateral (
          select tree_root from operations where tree = numbers.tree and index < $1 order by index desc limit 1
        ) as found on true order by numbers.tree`
      return trimTrees((await newestOf(text, [operations])).map((root) => (root ? toArray(root) : emptyTreeRoot)))
    },
    async nodes(operations, tree) {
      const text = `select found.node as root
        from generate_series(0, (${newestLeaf('subtree', 'tree = $2')})) as numbers (subtree)
        cross join lateral (
          select node from operations where tree = $2 and subtree = numbers.subtree and index < $1
          order by index desc limit 1
        ) as found order by numbers.subtree`
      return (await newestOf(text, [operations, tree])).flatMap((root) => (root ? [toArray(root)] : []))
    },
  }
}

const newestLeaf = (column: 'tree' | 'subtree', where: string): string =>
  `select ${column} from operations where kind = 1 and ${where} and index < $1 order by index desc limit 1`

async function readPosition(database: Database, operations: number | undefined): Promise<LogPosition | undefined> {
  const empty = { operations: 0, chain: emptyChain, root: fromBytes(forestRootOf([])) }
  if (operations === 0) return empty
  const [row] =
    operations === undefined
      ? await database.read({ text: 'select index, chain, root from operations order by index desc limit 1' })
      : await database.read({
          text: 'select index, chain, root from operations where index = $1',
          values: [operations - 1],
        })
  if (!row) return operations === undefined ? empty : undefined
  return { operations: Number(row.index) + 1, chain: toArray(row.chain), root: fromBytes(row.root) }
}

type Checkpoints = Pick<
  ProverStore,
  'propose' | 'withdraw' | 'seal' | 'newestProposal' | 'newestSigned' | 'signedAfter'
>

function storeCheckpoints(database: Database): Checkpoints {
  return {
    async propose({ sequence, checkpoint, operations, logHash }) {
      const text = `insert into checkpoints (sequence, checkpoint, operations, log_hash) values ($1, $2, $3, $4)
        on conflict (sequence) do update set checkpoint = $2, operations = $3, log_hash = $4
        where checkpoints.signed is null`
      const values = [String(sequence), Buffer.from(checkpoint), operations, Buffer.from(logHash)]
      await database.write([{ text, values }])
    },
    async withdraw(sequence) {
      const text = 'delete from checkpoints where sequence = $1 and signed is null'
      await database.write([{ text, values: [String(sequence)] }])
    },
    async seal(sequence, signed) {
      const text = 'update checkpoints set signed = $2 where sequence = $1 and signed is null'
      await database.write([{ text, values: [String(sequence), Buffer.from(signed)] }])
    },
    async newestProposal() {
      const [row] = await database.read({ text: 'select * from checkpoints order by sequence desc limit 1' })
      return row && readCheckpoint(row)
    },
    async newestSigned() {
      const text = 'select * from checkpoints where signed is not null order by sequence desc limit 1'
      const [row] = await database.read({ text })
      return row && readCheckpoint(row)
    },
    async signedAfter(sequence, limit) {
      const text = `select signed from checkpoints where signed is not null and sequence > $1 order by sequence limit $2`
      const rows = await database.read({ text, values: [String(sequence), limit] })
      return rows.map(({ signed }) => toArray(signed))
    },
  }
}
