import type { Database } from '../../plugins/database/index.ts'
import { createGroupCommit } from './group-commit.ts'
import type { NewEnvelope, NodeStore } from './node-store.ts'
import { readAfter, readEnvelope, readPage } from './reads.ts'
import { blocksOf, laneOf, parkedOf, placeOf, policyOf } from './rows.ts'
import { schema } from './schema.ts'
import { sweep } from './sweep.ts'

/** The store over any {@link Database}; creates its tables where they are missing. */
export async function createSqlStore(database: Database): Promise<NodeStore> {
  await database.script(schema)
  const [counter] = await database.read({ text: `select value from counters where name = 'sequence'` })
  const commits = createGroupCommit(database, BigInt(counter.value))

  /** The sequence of each envelope; one stored before keeps its own. */
  async function write(change: Parameters<NodeStore['write']>[0]) {
    const sequences = await commits.write(change)
    const known = (envelope: NewEnvelope) => readEnvelope(database, envelope).then((found) => found?.sequence ?? 0n)
    return Promise.all((change.envelopes ?? []).map((envelope, i) => sequences[i] || known(envelope)))
  }

  return {
    write,
    onStored: commits.onStored,
    position: commits.position,
    page: (query) => readPage(database, query),
    after: (query) => readAfter(database, query),
    find: (key) => readEnvelope(database, key),
    ...laneReads(database),
    ...accountReads(database),
    ...ownState(database),
    async close() {
      await commits.idle()
      await database.close()
    },
  }
}

type LaneReads = Pick<NodeStore, 'lane' | 'lanesOf' | 'grant' | 'usedNullifiers' | 'leaks' | 'topic'>

function laneReads(database: Database): LaneReads {
  return {
    async lane(use) {
      const [row] = await database.read({ name: 'lane', text: 'select * from lanes where use = $1', values: [use] })
      return row && laneOf(row)
    },
    async lanesOf(topic, holder, now) {
      const text = 'select * from lanes where topic = $1 and holder = $2 and expires_at > $3 order by expires_at'
      return (await database.read({ name: 'lanes-of', text, values: [topic, holder, now] })).map(laneOf)
    },
    async grant(use) {
      const text = 'select signed_grant from lanes where use = $1'
      const [row] = await database.read({ name: 'grant', text, values: [use] })
      return row?.signed_grant
    },
    async usedNullifiers(nullifiers) {
      const rows = await database.read({
        name: 'used-nullifiers',
        text: 'select nullifier, use, y from nullifiers where nullifier = any($1::bytea[])',
        values: [nullifiers.map((nullifier) => Buffer.from(nullifier))],
      })
      return rows.map(({ nullifier, use, y }) => ({ nullifier, use, y: y ?? undefined }))
    },
    async leaks() {
      const rows = await database.read({ text: 'select secret, class from leaks' })
      return rows.map((row) => ({ secret: row.secret, classNumber: row.class }))
    },
    async topic(topic) {
      const text = `select owner, claimed, closed, open, coalesce(open, false) or exists (select from envelopes where topic = $1) as used
        from (select $1::text as topic) as wanted left join topics using (topic)`
      const [row] = await database.read({ name: 'topic', text, values: [topic] })
      const { owner, claimed, closed, open, used } = row
      return { owner: owner ?? '', claimed: claimed ?? false, closed: closed ?? false, open: open ?? false, used }
    },
  }
}

function accountReads(
  database: Database,
): Pick<NodeStore, 'policies' | 'blocks' | 'tally' | 'parked' | 'parkedPlaces'> {
  return {
    async policies(owner) {
      const text = 'select * from policies where owner = $1 order by version desc limit 20'
      return (await database.read({ name: 'policies', text, values: [owner] })).map(policyOf)
    },
    async blocks(owner) {
      const text = 'select * from blocks where owner = $1'
      const [row] = await database.read({ name: 'blocks', text, values: [owner] })
      return blocksOf(row)
    },
    async tally({ kind, who, day: of }) {
      const text = 'select count from tallies where kind = $1 and who = $2 and day = $3'
      const [row] = await database.read({ name: 'tally', text, values: [kind, who, of] })
      return Number(row?.count ?? 0)
    },
    async parked(wallet, recipient) {
      const text = 'select * from parked where wallet = $1 and recipient = $2'
      const [row] = await database.read({ name: 'parked', text, values: [wallet, recipient] })
      return row && parkedOf(row)
    },
    async parkedPlaces() {
      const text = `select wallet, recipient, caller, parked_at, octet_length(publish) as bytes from parked
        order by parked_at, wallet, recipient`
      return (await database.read({ text })).map(placeOf)
    },
  }
}

type Own = Pick<
  NodeStore,
  'checkpoints' | 'checkpoint' | 'checkpointsAfter' | 'addCheckpoint' | 'secret' | 'sweep' | 'ping' | 'probe'
>

function ownState(database: Database): Own {
  return {
    ping: () => database.read({ text: 'select 1' }).then(() => undefined),
    async probe() {
      await database.write([{ text: "update counters set value = value where name = 'sequence'" }])
    },
    async checkpoints() {
      return (await database.read({ text: 'select signed from checkpoints order by sequence' })).map(
        ({ signed }) => signed,
      )
    },
    async checkpointsAfter(sequence, limit) {
      const text = 'select signed from checkpoints where sequence > $1 order by sequence limit $2'
      const rows = await database.read({ text, values: [String(sequence), limit] })
      return rows.map(({ signed }) => signed)
    },
    async checkpoint(sequence) {
      const text = 'select signed from checkpoints where sequence = $1'
      return (await database.read({ text, values: [sequence] }))[0]?.signed
    },
    async addCheckpoint(sequence, signed, issuedAt) {
      const text = `insert into checkpoints values ($1, $2, $3)
        on conflict (sequence) do update set signed = excluded.signed, issued_at = excluded.issued_at`
      await database.write([{ text, values: [sequence, signed, issuedAt] }])
    },
    async secret(name, make) {
      await database.write([
        { text: 'insert into secrets values ($1, $2) on conflict do nothing', values: [name, make()] },
      ])
      const [row] = await database.read({ text: 'select value from secrets where name = $1', values: [name] })
      return row.value
    },
    sweep: (now, retention = {}) => sweep(database, now, retention),
  }
}
