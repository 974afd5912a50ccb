import { commitmentOf, fromBytes, toBytes32 } from '@pennypost/sdk/crypto'
import type { Database, Row, Statement } from '../../plugins/database/index.ts'
import type { BlockRef } from './block-ref.ts'
import type { Connected, LedgerEvent, LedgerStore, Staked } from './ledger-store.ts'
import { addToRegistry, storeRegistry } from './sql-registry.ts'

/** Blocks that are kept to find out where a chain was reorganised. */
const keptBlocks = 256
const tables = ['stakes', 'leaks', 'registry', 'connections'] as const
const maxConnections = 1_000

/** Stakes and connections on PGlite or PostgreSQL. */
export function storeLedger(database: Database): LedgerStore {
  return { ...followLedger(database), ...readLedger(database), ...storeRegistry(database) }
}

type Following = Pick<LedgerStore, 'ledgerSource' | 'resetLedger' | 'ledgerBlocks' | 'appendEvents' | 'rollbackLedger'>

function followLedger(database: Database): Following {
  return {
    async ledgerSource() {
      const [row] = await database.read({ text: 'select description from ledger_source' })
      return row?.description
    },
    async resetLedger(source) {
      await database.write([
        ...[...tables, 'ledger_blocks'].map((table) => ({ text: `delete from ${table}` })),
        {
          text: 'insert into ledger_source values (1, $1) on conflict (id) do update set description = excluded.description',
          values: [source],
        },
      ])
    },
    async ledgerBlocks() {
      const rows = await database.read({ text: 'select number, hash from ledger_blocks order by number desc' })
      return rows.map(({ number, hash }) => ({ number: BigInt(number), hash }))
    },
    async appendEvents(events, block) {
      await database.write([...events.map(addEvent), ...addBlock(block)])
    },
    async rollbackLedger(block) {
      const values = [String(block)]
      await database.write([
        ...tables.map((table) => ({ text: `delete from ${table} where block > $1`, values })),
        { text: 'delete from ledger_blocks where number > $1', values },
      ])
    },
  }
}

type Reading = Pick<
  LedgerStore,
  | 'leaksAt'
  | 'leakCount'
  | 'connectionChanges'
  | 'undeclaredStakes'
  | 'stakesWith'
  | 'falseStakes'
  | 'newestStake'
  | 'connectionsOf'
>

function readLedger(database: Database): Reading {
  return {
    async leaksAt({ block, time, limit }) {
      const text = `select secret from (
          select distinct on (secret) secret, block, log_index from leaks where block <= $1 and until >= $2
          order by secret, block desc, log_index desc
        ) as newest order by block desc, log_index desc limit $3`
      const rows = await database.read({ text, values: [String(block), time, limit] })
      return rows.map(({ secret }) => fromBytes(secret))
    },
    async leakCount(block) {
      const text = 'select count(*)::int as count from leaks where block <= $1'
      const [row] = await database.read({ text, values: [String(block)] })
      return Number(row?.count)
    },
    async connectionChanges(block) {
      const text = 'select count(*)::int as count from connections where block <= $1'
      const [row] = await database.read({ text, values: [String(block)] })
      return Number(row?.count)
    },
    async undeclaredStakes({ classes, after, until }) {
      const text = `select leaf_index from operations as note
        where kind = 1 and class_id = any($1::bytea[]) and block > $2 and block <= $3 and not exists (
          select from stakes where stakes.leaf_index = note.leaf_index and stakes.commitment = note.commitment
        ) order by leaf_index limit 1`
      const rows = await database.read({ text, values: [classes.map(toBuffer), String(after), String(until)] })
      return rows.map(({ leaf_index }) => Number(leaf_index))
    },
    async stakesWith(secretHashes) {
      const text = 'select * from stakes where secret_hash = any($1::bytea[]) order by block, log_index'
      const rows = await database.read({ text, values: [secretHashes.map(toBuffer)] })
      return rows.map(stakedOf)
    },
    async falseStakes() {
      const rows = await database.read({ text: 'select * from stakes where is_false order by block, log_index' })
      return rows.map(stakedOf)
    },
    async newestStake() {
      const text = 'select block, log_index, staker from stakes order by block desc, log_index desc limit 1'
      const [row] = await database.read({ text })
      return row && `${row.block} ${row.log_index} ${row.staker}`
    },
    async connectionsOf(account, now) {
      const text = `select * from connections as made
        where kind = 'connected' and (granter = $1 or writer = $1) and (expires_at = 0 or expires_at > $2)
          and not exists (select from connections as gone where gone.uid = made.uid and gone.kind = 'disconnected')
        order by block, log_index limit ${maxConnections}`
      return (await database.read({ text, values: [account, now] })).map(connectedOf)
    },
  }
}

function addEvent(event: LedgerEvent): Statement {
  const place = [String(event.block), event.logIndex]
  if (event.kind === 'staked') return addStake(event, place)
  if (event.kind === 'office' || event.kind === 'terms') return addToRegistry(event)
  if (event.kind === 'leaked') {
    const text = 'insert into leaks (block, log_index, secret, until) values ($1, $2, $3, $4)'
    return { text, values: [...place, toBuffer(event.secret), event.until] }
  }
  const { kind, granter, writer, uid, expiresAt } = event
  const text = `insert into connections (block, log_index, kind, granter, writer, uid, expires_at)
    values ($1, $2, $3, $4, $5, $6, $7)`
  return { text, values: [...place, kind, granter, writer, uid, String(expiresAt)] }
}

function addStake(event: Staked, place: readonly unknown[]): Statement {
  const { contract, staker, classNumber, leafIndex, commitment, secretHash, personHash } = event
  const isFalse = commitmentOf(secretHash, personHash) !== commitment
  const text = `insert into stakes
    (block, log_index, contract, staker, class, leaf_index, commitment, secret_hash, person_hash, is_false)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
  const hashes = [commitment, secretHash, personHash].map(toBuffer)
  return { text, values: [...place, contract, staker, classNumber, leafIndex, ...hashes, isFalse] }
}

function addBlock({ number, hash }: BlockRef): Statement[] {
  const add = 'insert into ledger_blocks values ($1, $2) on conflict (number) do update set hash = excluded.hash'
  const keep =
    'delete from ledger_blocks where number not in (select number from ledger_blocks order by number desc limit $1)'
  return [
    { text: add, values: [String(number), hash] },
    { text: keep, values: [keptBlocks] },
  ]
}

const placeOf = (row: Row) => ({ block: BigInt(row.block), logIndex: Number(row.log_index) })

const stakedOf = (row: Row): Staked => ({
  kind: 'staked',
  ...placeOf(row),
  contract: row.contract,
  staker: row.staker,
  classNumber: row.class,
  leafIndex: Number(row.leaf_index),
  commitment: fromBytes(row.commitment),
  secretHash: fromBytes(row.secret_hash),
  personHash: fromBytes(row.person_hash),
})

const connectedOf = (row: Row): Connected => ({
  kind: row.kind,
  ...placeOf(row),
  granter: row.granter,
  writer: row.writer,
  uid: row.uid,
  expiresAt: Number(row.expires_at),
})

const toBuffer = (value: bigint): Buffer => Buffer.from(toBytes32(value))
