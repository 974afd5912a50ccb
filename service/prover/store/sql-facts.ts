import { fromBytes, toBytes32 } from '@pennypost/sdk/crypto'
import type { Database, Row, Statement } from '../../plugins/database/index.ts'
import type { FactBlock, FactClaim, FactNote, FactRecord, FactScanKey, FactStore } from './fact-store.ts'
import { toArray } from './rows.ts'

/** What an issuer of notes keeps, on PGlite or PostgreSQL. */
export function storeFacts(database: Database): FactStore {
  return { ...storeBlocks(database), ...storeNotes(database), ...readRecords(database), ...storeScans(database) }
}

function storeBlocks(database: Database): Pick<FactStore, 'factBlock' | 'pinFactBlock' | 'factSalt'> {
  return {
    async factBlock(chainId, epoch) {
      const text = 'select number, hash, time from fact_blocks where chain_id = $1 and epoch = $2'
      const [row] = await database.read({ text, values: [String(chainId), epoch] })
      return row && blockOf(row)
    },
    async pinFactBlock({ chainId, epoch, block: { number, hash, time } }) {
      const text = `insert into fact_blocks values ($1, $2, $3, $4, $5)
        on conflict (chain_id, epoch) do update set epoch = excluded.epoch returning number, hash, time`
      const [rows] = await database.write([{ text, values: [String(chainId), epoch, String(number), hash, time] }])
      return blockOf(rows?.[0])
    },
    async factSalt(fresh) {
      const text = `insert into fact_salt values (1, $1)
        on conflict (id) do update set id = excluded.id returning salt`
      const [rows] = await database.write([{ text, values: [Buffer.from(fresh)] }])
      return toArray(rows?.[0].salt)
    },
  }
}

function storeScans(database: Database): Pick<FactStore, 'factScan' | 'keepFactScan' | 'dropFactScan'> {
  const where = 'where subject = $1 and class_id = $2 and epoch = $3'
  const valuesOf = ({ subject, classId, epoch }: FactScanKey) => [subject, toBuffer(classId), epoch]
  return {
    async factScan(key) {
      const [row] = await database.read({ text: `select place from fact_scans ${where}`, values: valuesOf(key) })
      return row?.place
    },
    async keepFactScan(key, place) {
      const text = `insert into fact_scans values ($1, $2, $3, $4)
        on conflict (subject, epoch, class_id) do update set place = excluded.place`
      const old = { text: 'delete from fact_scans where epoch < $1', values: [key.epoch] }
      await database.write([{ text, values: [...valuesOf(key), place] }, old])
    },
    async dropFactScan(key) {
      await database.write([{ text: `delete from fact_scans ${where}`, values: valuesOf(key) }])
    },
  }
}

const blockOf = (row: Row): FactBlock => ({ number: BigInt(row.number), hash: row.hash, time: Number(row.time) })

function storeNotes(database: Database): Pick<FactStore, 'addFactRecord' | 'factHead' | 'factPerson'> {
  return {
    async addFactRecord(record, now) {
      await database.write(record.form === 'note' ? [addNote(record), addPerson(record, now)] : [addClaim(record)])
    },
    async factHead() {
      const [row] = await database.read({ text: 'select number, chain from fact_notes order by number desc limit 1' })
      return row ? { number: Number(row.number), chain: toArray(row.chain) } : { number: 0, chain: new Uint8Array(32) }
    },
    async factPerson(subject) {
      const text = 'select person_hash, since from fact_persons where subject = $1'
      const [row] = await database.read({ text, values: [subject] })
      return row && { personHash: fromBytes(row.person_hash), since: Number(row.since) }
    },
  }
}

type Reading = Pick<FactStore, 'factRecord' | 'factRecordOf' | 'factRecordsOf' | 'factRecordsAfter'>

function readRecords(database: Database): Reading {
  return {
    async factRecord({ subject, classId, epoch, form }) {
      const text = 'select * from fact_notes where subject = $1 and class_id = $2 and epoch = $3 and form = $4'
      const [row] = await database.read({ text, values: [subject, toBuffer(classId), epoch, form] })
      return row && recordOf(row)
    },
    async factRecordOf(id) {
      const [row] = await database.read({ text: 'select * from fact_notes where id = $1', values: [id] })
      return row && recordOf(row)
    },
    async factRecordsOf(subject, epoch) {
      const text = 'select count(*)::int as count from fact_notes where subject = $1 and epoch = $2'
      const [row] = await database.read({ text, values: [subject, epoch] })
      return Number(row?.count)
    },
    async factRecordsAfter(number, limit) {
      const text = 'select * from fact_notes where number > $1 order by number limit $2'
      return (await database.read({ text, values: [number, limit] })).map(recordOf)
    },
  }
}

function addNote({ number, id, subject, alias, classId, epoch, condition, ...note }: FactNote): Statement {
  const { r8x, r8y, s } = note.signature
  const text = `insert into fact_notes (number, id, subject, alias, class_id, epoch, condition, block_number, block_hash,
    chain, secret_hash, person_hash, commitment, r8x, r8y, s)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`
  const block = [String(note.block.number), note.block.hash, Buffer.from(note.chain)]
  const words = [note.secretHash, note.personHash, note.commitment, r8x, r8y, s].map(toBuffer)
  return {
    text,
    values: [number, id, subject, Buffer.from(alias), toBuffer(classId), epoch, condition, ...block, ...words],
  }
}

function addPerson({ subject, personHash }: FactNote, now: number): Statement {
  const text = `insert into fact_persons values ($1, $2, $3) on conflict (subject)
    do update set person_hash = excluded.person_hash, since = excluded.since
    where fact_persons.person_hash <> excluded.person_hash`
  return { text, values: [subject, toBuffer(personHash), Math.floor(now)] }
}

function addClaim({ number, id, subject, alias, classId, epoch, condition, block, ...claim }: FactClaim): Statement {
  const { chain, form, salt, digest, signature, document } = claim
  const text = `insert into fact_notes (number, id, subject, alias, class_id, epoch, condition, block_number, block_hash,
    chain, form, document, salt, digest, signature)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
  const place = [String(block.number), block.hash, Buffer.from(chain)]
  const words = [salt, digest, signature].map((bytes) => Buffer.from(bytes))
  return {
    text,
    values: [
      ...[number, id, subject, Buffer.from(alias), toBuffer(classId), epoch, condition],
      ...[...place, form, document, ...words],
    ],
  }
}

const recordOf = (row: Row): FactRecord => (row.form === 'note' ? noteOf(row) : claimOf(row))

const attestedOf = (row: Row) => ({
  number: Number(row.number),
  id: row.id,
  subject: row.subject,
  alias: toArray(row.alias),
  classId: fromBytes(row.class_id),
  epoch: Number(row.epoch),
  condition: row.condition,
  block: { number: BigInt(row.block_number), hash: row.block_hash },
  chain: toArray(row.chain),
})

const claimOf = (row: Row): FactClaim => ({
  ...attestedOf(row),
  form: row.form,
  salt: toArray(row.salt),
  digest: toArray(row.digest),
  signature: toArray(row.signature),
  document: row.document,
})

const noteOf = (row: Row): FactNote => ({
  ...attestedOf(row),
  form: 'note',
  secretHash: fromBytes(row.secret_hash),
  personHash: fromBytes(row.person_hash),
  commitment: fromBytes(row.commitment),
  signature: { r8x: fromBytes(row.r8x), r8y: fromBytes(row.r8y), s: fromBytes(row.s) },
})

const toBuffer = (value: bigint): Buffer => Buffer.from(toBytes32(value))
