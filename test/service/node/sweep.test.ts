import { fc, test as prop } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestEnvelope, leaksTopic, messageTopic, ownedTopic, preferencesTopic } from '../../../sdk/codec/index.ts'
import { noteKinds } from '../../../sdk/crypto/index.ts'
import { type CheckpointView, factClass, periodOf } from '../../../sdk/verifier/index.ts'
import { keptNullifier } from '../../../service/node/kept-nullifier.ts'
import { createSqlStore, type NodeStore, type Tally } from '../../../service/node/store/index.ts'
import { mailKinds, type Retention } from '../../../service/node/store/sweep.ts'
import { type Database, openPglite, openPostgres } from '../../../service/plugins/database/index.ts'
import { checkpointOf, envelope, networkId } from '../../helpers/node.ts'
import { startPostgres } from '../../helpers/postgres.ts'

let postgres: Awaited<ReturnType<typeof startPostgres>>
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

const day = 86_400
const start = 20_000 * day
const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill)
const address = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'
const [open, closed, ofWallets] = ['open', 'closed', 'wallets'].map(messageTopic) as [string, string, string]
const mail = {
  sealed: ownedTopic('sealed', address),
  unattended: ownedTopic('unattended', address),
  invite: ownedTopic('invite', address),
  intro: ownedTopic('intro', address),
  groupInvite: ownedTopic('groupInvite', address),
  dm: `/xmtp/0/dm-${address}-${address}/proto`,
  message: ofWallets,
  free: '/xmtp/0/foo/proto',
} as const satisfies Record<(typeof mailKinds)[number], string>
const documents = [
  ...(['contact', 'privatestore', 'policy', 'blocks', 'sharedlist', 'log'] as const).map((kind) =>
    ownedTopic(kind, address),
  ),
  preferencesTopic('a'.repeat(43)),
  leaksTopic(networkId),
]

let fill = 0
function newLane(topic: string, until?: number, kind = noteKinds.stake as number) {
  const use = bytes(32, ++fill)
  const lane = {
    use,
    topic,
    holder: use,
    units: 1,
    expiresAt: start + 3600,
    envelopes: 1,
    usedUnits: 0,
    usedEnvelopes: 0,
  }
  const nullifier = { nullifier: use, y: use, kind, classNumber: 1, until }
  const nullifiers = until === undefined && kind !== 1 ? [] : [nullifier]
  return { lane: { ...lane, counter: 0 }, grant: use, shown: use, nullifiers }
}

/** Puts something into every table. */
async function fillAll(store: NodeStore): Promise<void> {
  const topics = [...Object.values(mail), ...documents, open, closed]
  const envelopes = topics.map((topic) => envelope(topic)).map((one) => ({ ...one, digest: digestEnvelope(one) }))
  const today = start / day
  const tallies = (['requests', 'connection', 'units', 'own', 'held'] as const).map(
    (kind): Tally => ({ kind, who: 'who', day: kind === 'held' ? 0 : today, count: 1 }),
  )
  const state = { owner: '', claimed: true, closed: false, open: false, used: true }
  await store.write({
    envelopes,
    tallies,
    topics: [
      { ...state, topic: open },
      { ...state, topic: closed, closed: true },
    ],
    policies: [
      { owner: address, version: { version: 2n, document: bytes(1, 2) } },
      { owner: address, version: { version: 1n, document: bytes(1, 1), supersededAt: start } },
    ],
    blocks: [{ owner: address, list: { version: 1n, salt: bytes(32, 1), entries: bytes(16, 1) } }],
    park: { wallet: 'w', recipient: 'r', topic: 't', publish: bytes(9, 1), caller: '@', parkedAt: start },
    leak: { secret: bytes(32, 1), classNumber: 1 },
  })
  const ephemeral = open.replace('m-', 'mE-')
  for (const topic of [mail.sealed, closed, closed.replace('m-', 'mE-'), ...Array<string>(6).fill(open), ephemeral]) {
    await store.write({ newLane: newLane(topic) })
  }
  await store.write({ newLane: newLane(mail.invite, start + 3 * day) })
  await store.write({ newLane: newLane(mail.sealed, undefined, noteKinds.stamp) })
  await store.addCheckpoint(1n, bytes(9, 1), start)
  await store.secret('node-key', () => bytes(32, 1))
}

/** The rows of every table there is. */
async function countAll(database: Database): Promise<Record<string, number>> {
  const tables = await database.read({ text: `select tablename from pg_tables where schemaname = 'public'` })
  const counts = tables.map(async ({ tablename }): Promise<[string, number]> => {
    const [row] = await database.read({ text: `select count(*) as count from ${tablename}` })
    return [tablename, Number(row.count)]
  })
  return Object.fromEntries(await Promise.all(counts))
}

const full = {
  envelopes: 18,
  lanes: 12,
  nullifiers: 2,
  parked: 1,
  policies: 2,
  tallies: 5,
  topics: 2,
  blocks: 1,
  leaks: 1,
  checkpoints: 1,
  secrets: 1,
  schema_version: 1,
  counters: 1,
  marks: 1,
}
const all = Object.fromEntries(mailKinds.map((kind) => [kind, 30]))
/** Envelopes of the first kinds of mail; of conversations there are three. */
const goneWith = (kinds: number) => kinds + (mailKinds.slice(0, kinds).includes('message') ? 2 : 0)

describe.each<[string, () => Promise<Database>]>([
  ['PGlite', () => openPglite('node', undefined)],
  ['PostgreSQL', async () => openPostgres('node', await postgres.database())],
])('what is over is swept: %s', (_, openDatabase) => {
  test('each table holds what still counts, and at last what must stay', async () => {
    const database = await openDatabase()
    const store = await createSqlStore(database)
    await fillAll(store)
    const swept = async (seconds: number, retention: Retention = {}) => {
      await store.sweep(start + seconds, retention)
      return countAll(database)
    }
    expect(await swept(3000)).toEqual(full)
    const day1 = { ...full, policies: 1 }
    expect(await swept(day + 3600)).toEqual({ ...day1, marks: 2 })
    const day3 = { ...day1, tallies: 1, lanes: 7, nullifiers: 1 }
    expect(await swept(3 * day + 1)).toEqual({ ...day3, marks: 3 })
    expect(await swept(7 * day + 1)).toEqual({ ...day3, parked: 0, marks: 4 })
    expect(await swept(30 * day - 1, all)).toEqual({ ...day3, parked: 0, marks: 5 })
    for (const [i, kind] of mailKinds.entries()) {
      expect((await swept(31 * day, {})).envelopes, 'where nothing is said, all is kept').toBe(
        full.envelopes - goneWith(i),
      )
      expect((await swept(31 * day, { [kind]: 30 })).envelopes, kind).toBe(full.envelopes - goneWith(i + 1))
    }
    const day30 = { ...day3, parked: 0, envelopes: documents.length, topics: 3 } // of wallets' conversations, that there were some
    expect(await swept(31 * day, all)).toEqual({ ...day30, marks: 6 })
    expect(await swept(400 * day + 3600)).toEqual({ ...day30, marks: 7 })
    // Of lanes the first four of a conversation, and of its ephemeral topic the only one.
    expect(await swept(400 * day + 3601)).toEqual({ ...day30, lanes: 5, marks: 7 })
    expect(await swept(9000 * day)).toEqual({ ...day30, lanes: 5, marks: 1 })
    expect(await store.topic(ofWallets)).toMatchObject({ used: true, claimed: false })
    await store.close()
  })
})

describe('a nullifier is kept', () => {
  const viewOf = (epochLength: number) => {
    const latest = checkpointOf()
    const classes = latest.classes.map((one) => ({ ...one, kind: noteKinds.stake, epochLength }))
    return { latest: { ...latest, classes }, superseded: new Map() } as unknown as CheckpointView
  }
  const used = (kind: number) => ({ nullifier: 1n, x: 1n, y: 1n, noteClass: { kind, number: 1 } })

  test('for ever, if it is a stamp’s, or nothing says when its period ends', () => {
    const at = { checkpoint: viewOf(day), expiresAt: start, now: start }
    expect(keptNullifier(used(noteKinds.stamp), at).until).toBeUndefined()
    expect(keptNullifier(used(noteKinds.stake), { ...at, checkpoint: undefined }).until).toBeUndefined()
    expect(keptNullifier(used(noteKinds.stake), { ...at, checkpoint: viewOf(0) }).until).toBeUndefined()
    expect(keptNullifier(used(noteKinds.stake), at).until).toBeLessThan(start + 3 * day)
    expect(keptNullifier(used(noteKinds.fact), { ...at, checkpoint: undefined }).until).toBeLessThan(start + 9 * day)
  })

  prop.prop([
    fc.integer({ min: 3600, max: 400 * day }),
    fc.integer({ min: start, max: start + 500 * day }),
    fc.integer({ min: 0, max: 7 * day }),
    fc.nat(400 * day),
  ])('as long as a ticket could show it again, and its lane lives', (epochLength, now, ttl, later) => {
    const checkpoint = viewOf(epochLength)
    const hour = (time: number) => BigInt(time - (time % 3600))
    for (const { kind, length } of [
      { kind: noteKinds.stake, length: epochLength },
      { kind: noteKinds.fact, length: factClass.epochLength },
    ]) {
      const { until = 0 } = keptNullifier(used(kind), { checkpoint, expiresAt: now + ttl, now })
      expect(until).toBeGreaterThan(now + ttl)
      const periods = (time: number) =>
        [hour(time), hour(time) - 3600n].map((asOf) => periodOf({ kind: noteKinds.stake, epochLength: length }, asOf))
      const shown = periods(now)
      expect(periods(until + later).some((period) => shown.includes(period))).toBe(false)
    }
  })
})
