import { type Database, migrate } from '../../plugins/database/index.ts'
import { batched } from './batched.ts'
import { createGroupCommit } from './group-commit.ts'
import type { NewEnvelope, NodeStore, Tally } from './node-store.ts'
import { readUnattended } from './read-unattended.ts'
import { readAfter, readEnvelope, readPage } from './reads.ts'
import { blocksOf, laneOf, parkedOf, placeOf, policyOf } from './rows.ts'
import { steps } from './schema.ts'
import { sweep } from './sweep.ts'

/** What is told of every sequence that is committed, opened over a database whose tables are there. */
type Fenced = {
  readonly openFence?: (database: Database) => Promise<{ pass(sequence: bigint): void; close(): void } | undefined>
}

/** The store over any {@link Database}; creates its tables where they are missing. */
export async function createSqlStore(database: Database, { openFence }: Fenced = {}): Promise<NodeStore> {
  await migrate(database, steps)
  const fence = await openFence?.(database)
  const [counter] = await database.read({ text: `select value from counters where name = 'sequence'` })
  const find = readEnvelope(database)
  const commits = createGroupCommit(database, {
    last: BigInt(counter.value),
    onCommit: (sequence) => fence?.pass(sequence),
  })

  /** The sequence of each envelope; one stored before keeps its own. */
  async function write(change: Parameters<NodeStore['write']>[0]) {
    const sequences = await commits.write(change)
    const known = (envelope: NewEnvelope) => find(envelope).then((found) => found?.sequence ?? 0n)
    return Promise.all((change.envelopes ?? []).map((envelope, i) => sequences[i] || known(envelope)))
  }

  return {
    write,
    onStored: commits.onStored,
    position: commits.position,
    waiting: commits.waiting,
    page: (query) => readPage(database, query),
    after: (query) => readAfter(database, { ...query, upTo: commits.position() }),
    find,
    ...laneReads(database),
    ...accountReads(database),
    ...ownState(database),
    async close() {
      await commits.idle()
      await database.close()
      fence?.close()
    },
  }
}

type LaneReads = Pick<NodeStore, 'lane' | 'lanesOf' | 'grant' | 'usedNullifiers' | 'leaks' | 'topic' | 'unattended'>

function laneReads(database: Database): LaneReads {
  const lanesOf = batched(database, {
    name: 'lanes-of',
    text: `select at, found.*
      from unnest($1::text[], $2::bytea[], $3::bigint[]) with ordinality as wanted (topic, holder, now, at), lateral (
        select * from lanes where topic = wanted.topic and holder = wanted.holder and expires_at > now offset 0
      ) as found order by expires_at`,
    values: (keys: readonly { topic: string; holder: Uint8Array; now: number }[]) => [
      keys.map(({ topic }) => topic),
      keys.map(({ holder }) => Buffer.from(holder)),
      keys.map(({ now }) => now),
    ],
    take: (rows) => rows.map(laneOf),
  })
  return {
    lane: batched(database, {
      name: 'lane',
      text: `select at, found.* from unnest($1::bytea[]) with ordinality as wanted (use, at), lateral (
          select * from lanes where use = wanted.use limit 1
        ) as found`,
      values: (uses: readonly Uint8Array[]) => [uses.map((use) => Buffer.from(use))],
      take: ([row]) => row && laneOf(row),
    }),
    lanesOf(topic, holder, now) {
      return lanesOf({ topic, holder, now })
    },
    async grant(use) {
      const text = 'select signed_grant, shown from lanes where use = $1'
      const [row] = await database.read({ name: 'grant', text, values: [use] })
      return row && { grant: row.signed_grant, shown: row.shown ?? undefined }
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
    topic: batched(database, {
      name: 'topic',
      text: `select at, owner, claimed, closed, open, coalesce(open, false) or coalesce(stored, false) as used
        from unnest($1::text[]) with ordinality as wanted (topic, at)
          left join lateral (select * from topics where topic = wanted.topic limit 1) as known on true
          left join lateral (
            select true as stored from envelopes where topic = wanted.topic order by sequence limit 1
          ) as first on true`,
      values: (topics: readonly string[]) => [[...topics]],
      take([{ owner, claimed, closed, open, used } = {}]) {
        return { owner: owner ?? '', claimed: claimed ?? false, closed: closed ?? false, open: open ?? false, used }
      },
    }),
    unattended: readUnattended(database),
  }
}

function accountReads(
  database: Database,
): Pick<NodeStore, 'policies' | 'blocks' | 'tally' | 'parked' | 'parkedPlaces' | 'parkedTotals'> {
  return {
    policies: batched(database, {
      name: 'policies',
      text: `select at, newest.* from unnest($1::text[]) with ordinality as wanted (owner, at), lateral (
          select * from policies where owner = wanted.owner order by version desc limit 20
        ) as newest order by version desc`,
      values: (owners: readonly string[]) => [[...owners]],
      take: (rows) => rows.map(policyOf),
    }),
    blocks: batched(database, {
      name: 'blocks',
      text: `select at, found.* from unnest($1::text[]) with ordinality as wanted (owner, at), lateral (
          select * from blocks where owner = wanted.owner limit 1
        ) as found`,
      values: (owners: readonly string[]) => [[...owners]],
      take: ([row]) => blocksOf(row),
    }),
    tally: batched(database, {
      name: 'tally',
      text: `select at, count
        from unnest($1::text[], $2::text[], $3::integer[]) with ordinality as wanted (kind, who, day, at), lateral (
          select count from tallies where kind = wanted.kind and who = wanted.who and day = wanted.day limit 1
        ) as found`,
      values: (keys: readonly Omit<Tally, 'count'>[]) => [
        keys.map(({ kind }) => kind),
        keys.map(({ who }) => who),
        keys.map((key) => key.day),
      ],
      take: ([row]) => Number(row?.count ?? 0),
    }),
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
    async parkedTotals() {
      const text = 'select count(*) as count, coalesce(sum(octet_length(publish)), 0) as bytes from parked'
      const [row] = await database.read({ text })
      return { count: Number(row.count), bytes: Number(row.bytes) }
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
