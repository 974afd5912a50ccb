import { fromBytes, toBytes32 } from '@pennypost/sdk/crypto'
import type { Database, Row, Statement } from '../../plugins/database/index.ts'
import type { FactBlock, FactNote, FactNoteKey, FactStore } from './fact-store.ts'
import { toArray } from './rows.ts'

/** What an issuer of notes keeps, on PGlite or PostgreSQL. */
export function storeFacts(database: Database): FactStore {
  return { ...storeBlocks(database), ...storeNotes(database), ...readNotes(database), ...storeScans(database) }
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
  const valuesOf = ({ subject, classId, epoch }: FactNoteKey) => [subject, toBuffer(classId), epoch]
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

function storeNotes(database: Database): Pick<FactStore, 'addFactNote' | 'factHead' | 'factPerson'> {
  return {
    async addFactNote(note, now) {
      await database.write([addNote(note), addPerson(note, now)])
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

function readNotes(database: Database): Pick<FactStore, 'factNote' | 'factNoteOf' | 'factNotesOf' | 'factNotesAfter'> {
  return {
    async factNote({ subject, classId, epoch }) {
      const text = 'select * from fact_notes where subject = $1 and class_id = $2 and epoch = $3'
      const [row] = await database.read({ text, values: [subject, toBuffer(classId), epoch] })
      return row && noteOf(row)
    },
    async factNoteOf(id) {
      const [row] = await database.read({ text: 'select * from fact_notes where id = $1', values: [id] })
      return row && noteOf(row)
    },
    async factNotesOf(subject, epoch) {
      const text = 'select count(*)::int as count from fact_notes where subject = $1 and epoch = $2'
      const [row] = await database.read({ text, values: [subject, epoch] })
      return Number(row?.count)
    },
    async factNotesAfter(number, limit) {
      const text = 'select * from fact_notes where number > $1 order by number limit $2'
      return (await database.read({ text, values: [number, limit] })).map(noteOf)
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

const noteOf = (row: Row): FactNote => ({
  number: Number(row.number),
  id: row.id,
  subject: row.subject,
  alias: toArray(row.alias),
  classId: fromBytes(row.class_id),
  epoch: Number(row.epoch),
  condition: row.condition,
  secretHash: fromBytes(row.secret_hash),
  personHash: fromBytes(row.person_hash),
  commitment: fromBytes(row.commitment),
  block: { number: BigInt(row.block_number), hash: row.block_hash },
  signature: { r8x: fromBytes(row.r8x), r8y: fromBytes(row.r8y), s: fromBytes(row.s) },
  chain: toArray(row.chain),
})

const toBuffer = (value: bigint): Buffer => Buffer.from(toBytes32(value))
