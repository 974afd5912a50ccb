import { type Database, migrate, type Row, type Statement } from '../../plugins/database/index.ts'
import { steps } from './schema.ts'
import type { AnswerRow, ClaimRow, DepositRow, DepositState, Place, TrusteeStore } from './trustee-store.ts'

const states: readonly DepositState[] = ['held', 'released', 'withdrawn']

/** So many claims of one deposit wait: only the wallet that it is for can make them. */
const mostClaims = 8

/** The store on PGlite or PostgreSQL. */
export async function createSqlStore(database: Database): Promise<TrusteeStore> {
  await migrate(database, steps)
  return {
    ...storePositions(database),
    ...storeDeposits(database),
    ...storeAnswers(database),
    ...storeClaims(database),
    async sweep(now) {
      const text = 'delete from deposits where expires_at <= $1 returning number'
      const [rows = []] = await database.write([{ text, values: [now] }])
      return rows.map(({ number }) => Number(number))
    },
    async probe() {
      await database.write([{ text: 'update positions set sequence = sequence where false' }])
    },
    close: () => database.close(),
  }
}

/** Never backwards: who comes late with an older one changes nothing. */
const keep = ({ name, sequence }: Place): Statement => ({
  name: 'keep-position',
  text: `insert into positions values ($1, $2)
    on conflict (name) do update set sequence = greatest(positions.sequence, excluded.sequence)`,
  values: [name, String(sequence)],
})

function storePositions(database: Database): Pick<TrusteeStore, 'position' | 'keepPosition'> {
  return {
    async position(name) {
      const [row] = await database.read({ text: 'select sequence from positions where name = $1', values: [name] })
      return BigInt(row?.sequence ?? 0)
    },
    async keepPosition(place) {
      await database.write([keep(place)])
    },
  }
}

function storeDeposits(database: Database): Pick<TrusteeStore, 'add' | 'page' | 'deposit' | 'acknowledged' | 'change'> {
  return {
    async add({ id, channel, recipient, expiresAt, sealed }, place) {
      const text = `insert into deposits (id, channel, recipient, expires_at, sealed) values ($1, $2, $3, $4, $5)
        on conflict do nothing returning number`
      const values = [id, channel, recipient, String(expiresAt), sealed]
      const [[row] = []] = await database.write([{ name: 'add-deposit', text, values }, keep(place)])
      return row && Number(row.number)
    },
    async page(after, limit) {
      const text = 'select * from deposits where number > $1 order by number limit $2'
      return (await database.read({ text, values: [after, limit] })).map(toDeposit)
    },
    async deposit(number) {
      const [row] = await database.read({ text: 'select * from deposits where number = $1', values: [number] })
      return row && toDeposit(row)
    },
    async acknowledged(number) {
      await database.write([{ text: 'update deposits set is_acknowledged = true where number = $1', values: [number] }])
    },
    async change(number, change) {
      const isEnd = 'emptied' in change
      const set = isEnd ? 'state = 2, sealed = $3' : 'expires_at = $3'
      const isNewer = isEnd ? 'version < $2' : '(version, expires_at) < ($2, $3)'
      const text = `update deposits set version = $2, ${set} where number = $1 and ${isNewer} and state = 0
        returning number`
      const values = [number, change.version, isEnd ? change.emptied : String(change.expiresAt)]
      const drop = { text: 'delete from claims where number = $1', values: [number] }
      const [rows = []] = await database.write(isEnd ? [{ text, values }, drop] : [{ text, values }])
      return rows.length > 0
    },
  }
}

function storeAnswers(
  database: Database,
): Pick<TrusteeStore, 'release' | 'answer' | 'unpublished' | 'delayAnswer' | 'published'> {
  return {
    async release({ number, keyId, sealed, nextAt }, emptied) {
      const text = `with gone as (
          update deposits set state = 1, sealed = $4 where number = $1 and state = 0 returning number
        ) insert into answers (number, key_id, sealed, next_at)
          select number, $2::bytea, $3::bytea, $5::bigint from gone returning number`
      const drop = { text: 'delete from claims where number = $1', values: [number] }
      const [rows = []] = await database.write([{ text, values: [number, keyId, sealed, emptied, nextAt] }, drop])
      return rows.length > 0
    },
    async answer(number) {
      const [row] = await database.read({ text: 'select * from answers where number = $1', values: [number] })
      return row && toWaiting(row)
    },
    async unpublished(now, limit) {
      const text = 'select * from answers where not is_published and next_at <= $1 order by next_at limit $2'
      return (await database.read({ text, values: [now, limit] })).map(toWaiting)
    },
    async delayAnswer(number, nextAt) {
      const text = 'update answers set attempts = attempts + 1, next_at = $2 where number = $1'
      await database.write([{ text, values: [number, nextAt] }])
    },
    async published(number) {
      await database.write([{ text: 'update answers set is_published = true where number = $1', values: [number] }])
    },
  }
}

function storeClaims(database: Database): Pick<TrusteeStore, 'keepClaim' | 'dueClaims' | 'delayClaim' | 'dropClaims'> {
  return {
    async keepClaim({ number, keyId, sealed }, nextAt) {
      const text = `insert into claims (number, key_id, sealed, next_at)
        select number, $2::bytea, $3::bytea, $4::bigint from deposits where number = $1 and state = 0
        and (select count(*) from claims where number = $1) < $5 on conflict do nothing`
      await database.write([{ text, values: [number, keyId, sealed, nextAt, mostClaims] }])
    },
    async dueClaims(now, limit) {
      const text = 'select * from claims where next_at <= $1 order by next_at limit $2'
      return (await database.read({ text, values: [now, limit] })).map(toWaiting)
    },
    async delayClaim({ number, keyId }, nextAt) {
      const text = 'update claims set attempts = attempts + 1, next_at = $3 where number = $1 and key_id = $2'
      await database.write([{ text, values: [number, keyId, nextAt] }])
    },
    async dropClaims(number) {
      await database.write([{ text: 'delete from claims where number = $1', values: [number] }])
    },
  }
}

const bytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer)

const toDeposit = (row: Row): DepositRow => ({
  number: Number(row.number),
  id: bytes(row.id),
  channel: bytes(row.channel),
  recipient: bytes(row.recipient),
  expiresAt: BigInt(row.expires_at),
  sealed: bytes(row.sealed),
  state: states[row.state] ?? 'withdrawn',
  version: Number(row.version),
  isAcknowledged: row.is_acknowledged,
})

/** Answers and claims that wait are told apart by their tables alone. */
const toWaiting = ({ number, key_id: keyId, sealed, attempts }: Row): AnswerRow & ClaimRow => ({
  number: Number(number),
  keyId: bytes(keyId),
  sealed: bytes(sealed),
  attempts: Number(attempts),
})
