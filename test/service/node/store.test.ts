import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { digestEnvelope } from '../../../sdk/codec/index.ts'
import {
  createSqlStore,
  type NewEnvelope,
  type NodeStore,
  type StoredEnvelope,
} from '../../../service/node/store/index.ts'
import { openPglite, openPostgres } from '../../../service/plugins/database/index.ts'
import { envelope } from '../../helpers/node.ts'
import { startPostgres } from '../../helpers/postgres.ts'
import { storeInMemory } from '../../helpers/stored-in-memory.ts'

let postgres: Awaited<ReturnType<typeof startPostgres>>
const folders: string[] = []

beforeAll(async () => {
  postgres = await startPostgres()
})

afterAll(async () => {
  await postgres.stop()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pennypost-store-'))
  folders.push(path)
  return path
}

describeStore('PGlite', async () => {
  const directory = await folder()
  return () => openPglite('node', directory).then((database) => createSqlStore(database))
})

describeStore('PostgreSQL', async () => {
  const url = await postgres.database()
  return () => openPostgres('node', url).then((database) => createSqlStore(database))
})

describeStore('memory', async () => async () => storeInMemory(), { isDurable: false })

const bytes = (length: number, fill: number): Uint8Array => new Uint8Array(length).fill(fill)
const topicOf = (name: string): string => `/xmtp/0/m-${name}/proto`
const made = (name: string, message: Uint8Array | string = 'hello', timestampNs?: bigint): NewEnvelope => {
  const sent = envelope(topicOf(name), message, timestampNs)
  return { ...sent, digest: digestEnvelope(sent) }
}
const laneOf = (fill: number) => ({
  use: bytes(32, fill),
  topic: topicOf('lane'),
  holder: bytes(32, fill),
  units: 9,
  expiresAt: 2_000_000_000,
  envelopes: 4,
  usedUnits: 0,
  usedEnvelopes: 0,
  counter: 0,
})
const newLane = (fill: number, nullifiers: Uint8Array[] = []) => ({
  lane: laneOf(fill),
  grant: bytes(9, fill),
  shown: bytes(32, fill),
  nullifiers: nullifiers.map((nullifier) => ({ nullifier, y: bytes(32, fill), kind: 2, classNumber: 7 })),
})
const ascending = { startTimeNs: 0n, endTimeNs: 0n, descending: false, limit: 100 }

const inOrder = (one: NewEnvelope, other: NewEnvelope): boolean =>
  one.timestampNs < other.timestampNs ||
  (one.timestampNs === other.timestampNs && Buffer.compare(one.digest, other.digest) < 0)

/** What every store does, wherever it keeps things; and what one that outlives its process does. */
function describeStore(name: string, make: () => Promise<() => Promise<NodeStore>>, { isDurable = true } = {}) {
  describe(`the store on ${name}`, () => {
    let open: () => Promise<NodeStore>
    let store: NodeStore

    beforeAll(async () => {
      open = await make()
      store = await open()
      return () => store.close()
    })

    test('keeps an envelope exactly, whatever its time', async () => {
      const times = [0n, 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]
      const sent = times.map((time) => made('exact', bytes(3, Number(time % 251n)), time))
      await store.write({ envelopes: sent })
      const { envelopes, more } = await store.page({ ...ascending, topics: [topicOf('exact')] })
      expect(envelopes.map(({ timestampNs }) => timestampNs)).toEqual(times)
      expect(envelopes.map(({ message }) => [...message])).toEqual(sent.map(({ message }) => [...message]))
      expect(more).toBe(false)
    })

    test('keeps the lane, the counter, the tag and what was shown for an envelope, whichever of them there are', async () => {
      const lane = { use: bytes(32, 1), counter: 7 }
      const [tag, evidence] = [bytes(32, 2), bytes(3_000, 3)]
      const more = [
        {},
        lane,
        { ...lane, tag },
        { ...lane, evidence },
        { ...lane, tag, evidence },
        { ...lane, evidence: bytes(1, 4) },
      ]
      const sent = more.map((fields, i) => ({ ...made('tagged', `tagged ${i}`, BigInt(i)), ...fields }))
      await store.write({ envelopes: sent })
      const { envelopes } = await store.page({ ...ascending, topics: [topicOf('tagged')] })
      const after = await store.after({ topics: [topicOf('tagged')], sequence: 0n, limit: 9 })
      const one = await Promise.all(sent.map((envelope) => store.find(envelope)))
      const plain = ({ use, counter, tag, evidence, message }: Partial<NewEnvelope> = {}) =>
        [use, tag, evidence, message]
          .map((value) => value && Buffer.from(value).toString('hex'))
          .concat(String(counter))
      for (const found of [envelopes, after, one]) expect(found.map((each) => plain(each))).toEqual(sent.map(plain))
    })

    test('keeps what was shown for a lane, until it publishes and afterwards', async () => {
      const { lane, ...rest } = newLane(41)
      await store.write({ newLane: { ...rest, lane: { ...lane, evidence: bytes(900, 5) } } })
      await store.write({ lanes: [{ ...lane, usedEnvelopes: 1 }] })
      const found = await store.lane(lane.use)
      expect(found).toMatchObject({ usedEnvelopes: 1 })
      expect(found?.evidence && [...found.evidence]).toEqual([...bytes(900, 5)])
    })

    test('gives each envelope a sequence, and one that is stored again the one it has', async () => {
      const [first, second] = [made('again', 'a'), made('again', 'b')]
      const [one = 0n, two = 0n] = await store.write({ envelopes: [first, second] })
      expect(two).toBe(one + 1n)
      const [again, third = 0n] = await store.write({ envelopes: [first, made('again', 'c')] })
      expect(again).toBe(one)
      expect(third).toBeGreaterThan(two)
      expect((await store.page({ ...ascending, topics: [topicOf('again')] })).envelopes).toHaveLength(3)
    })

    test('tells listeners of what is new, in order, and of nothing else', async () => {
      const heard: StoredEnvelope[] = []
      const stop = store.onStored((stored) => heard.push(...stored))
      const sent = Array.from({ length: 20 }, (_, i) => made('heard', String(i)))
      await Promise.all([...sent, ...sent].map((one) => store.write({ envelopes: [one] })))
      stop()
      await store.write({ envelopes: [made('heard', 'unheard')] })
      expect(heard.map(({ message }) => Buffer.from(message).toString())).toEqual(sent.map((_, i) => String(i)))
      const sequences = heard.map(({ sequence }) => sequence)
      expect(sequences).toEqual([...sequences].sort((a, b) => Number(a - b)))
      expect(store.position()).toBeGreaterThan(sequences.at(-1) ?? 0n)
    })

    test.each([0, 400])(
      'pages through the merged order of several topics among %i others, both ways',
      async (others) => {
        const topics = ['p1', 'p2', 'p3'].map((name) => `${name}-${others}`)
        const wanted = topics.flatMap((name) => [...Array.from({ length: others }, (_, i) => `${name}-${i}`), name])
        const sent = Array.from({ length: 25 }, (_, i) =>
          made(topics[i % 3] ?? '', `p${i}`, BigInt(100 + Math.floor(i / 2))),
        )
        await store.write({ envelopes: sent })
        const order = (one: NewEnvelope, other: NewEnvelope): number =>
          Number(one.timestampNs - other.timestampNs) || Buffer.compare(one.digest, other.digest)
        const walk = async (descending: boolean, seen: StoredEnvelope[] = []): Promise<StoredEnvelope[]> => {
          const last = seen.at(-1)
          const cursor = last && { digest: last.digest, senderTimeNs: last.timestampNs }
          const query = { ...ascending, topics: wanted.map(topicOf), descending, limit: 7, ...(cursor && { cursor }) }
          const page = await store.page(query)
          return page.more ? walk(descending, [...seen, ...page.envelopes]) : [...seen, ...page.envelopes]
        }
        const textOf = ({ message }: NewEnvelope): string => Buffer.from(message).toString()
        const expected = [...sent].sort(order).map(textOf)
        expect((await walk(false)).map(textOf)).toEqual(expected)
        expect((await walk(true)).map(textOf)).toEqual(expected.reverse())
      },
    )

    test('who reads on over a thousand topics, a few at a time, misses nothing that is stored meanwhile', async () => {
      const names = Array.from({ length: 1000 }, (_, i) => `on-${i}`)
      const topics = names.map(topicOf)
      const start = store.position()
      let left = 60
      const write = async (): Promise<void> => {
        while (left-- > 0) await store.write({ envelopes: [made(names[(left * 617) % 1000] ?? '', `on ${left}`)] })
      }
      let isWriting = true
      const writing = write().finally(() => {
        isWriting = false
      })
      const seen: bigint[] = []
      while (isWriting || (seen.at(-1) ?? start) < store.position()) {
        const found = await store.after({ topics, sequence: seen.at(-1) ?? start, limit: 5 })
        seen.push(...found.map(({ sequence }) => sequence))
      }
      await writing
      expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => start + BigInt(i + 1)))
    })

    test('pages have no gap and repeat nothing, whatever their size', async () => {
      const topic = topicOf('any')
      const sent = Array.from({ length: 60 }, (_, i) => made('any', `any ${i}`, BigInt((i * 7) % 13)))
      await store.write({ envelopes: sent })
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 70 }),
          fc.boolean(),
          fc.nat(13),
          fc.nat(13),
          async (limit, descending, from, to) => {
            const bounds = { startTimeNs: BigInt(from), endTimeNs: BigInt(to) }
            const seen: StoredEnvelope[] = []
            for (let more = true; more; ) {
              const last = seen.at(-1)
              const cursor = last && { digest: last.digest, senderTimeNs: last.timestampNs }
              const page = await store.page({
                topics: [topic],
                ...bounds,
                descending,
                limit,
                ...(cursor && { cursor }),
              })
              seen.push(...page.envelopes)
              more = page.more
            }
            const isInside = ({ timestampNs }: NewEnvelope) => timestampNs >= from && (to === 0 || timestampNs <= to)
            expect(new Set(seen.map(({ sequence }) => sequence)).size).toBe(seen.length)
            expect(seen).toHaveLength(sent.filter(isInside).length)
            expect(seen.every((one, i) => i === 0 || inOrder(seen[i - 1] as NewEnvelope, one) !== descending)).toBe(
              true,
            )
          },
        ),
        { numRuns: 40 },
      )
    })

    test('bounds are inclusive', async () => {
      await store.write({ envelopes: [1n, 2n, 3n, 4n].map((time) => made('bounds', 'x', time)) })
      const page = await store.page({ ...ascending, topics: [topicOf('bounds')], startTimeNs: 2n, endTimeNs: 3n })
      expect(page.envelopes.map(({ timestampNs }) => timestampNs)).toEqual([2n, 3n])
    })

    test('a page of large messages ends early and says that there is more', async () => {
      const sent = Array.from({ length: 6 }, (_, i) => made('large', bytes(300_000, i), BigInt(i)))
      for (const one of sent) await store.write({ envelopes: [one] })
      const page = await store.page({ ...ascending, topics: [topicOf('large')] })
      expect(page.envelopes.length).toBe(3)
      expect(page.more).toBe(true)
      const evidence = [0, 1, 2].map((i) => ({ ...made('evidence', 'x', BigInt(i)), evidence: bytes(500_000, i) }))
      await store.write({ envelopes: evidence })
      expect((await store.page({ ...ascending, topics: [topicOf('evidence')] })).envelopes).toHaveLength(2)
      const replay = await store.after({ topics: [topicOf('large')], sequence: 0n, limit: 100 })
      expect(replay.length).toBe(4)
      expect(replay[0]?.message.length).toBe(300_000)
    })

    test('replays topics after a sequence, in the order of sequences', async () => {
      const sent = ['r1', 'r2', 'r1', 'r3', 'r2'].map((name, i) => made(name, `r${i}`, BigInt(1000 - i)))
      const sequences = await store.write({ envelopes: sent })
      const replay = (sequence: bigint, limit = 10) =>
        store
          .after({ topics: [topicOf('r1'), topicOf('r2')], sequence, limit })
          .then((found) => found.map((one) => one.sequence))
      expect(await replay(0n)).toEqual([0, 1, 2, 4].map((i) => sequences[i]))
      expect(await replay(sequences[1] ?? 0n)).toEqual([sequences[2], sequences[4]])
      expect(await replay(0n, 2)).toEqual([sequences[0], sequences[1]])
    })

    test('a change is kept whole or not at all, and takes no other down with it', async () => {
      const nullifier = bytes(32, 50)
      await store.write({ newLane: newLane(50, [nullifier]) })
      const results = await Promise.allSettled([
        store.write({ envelopes: [made('whole', 'before')] }),
        store.write({ envelopes: [made('whole', 'refused')], newLane: newLane(51, [bytes(32, 52), nullifier]) }),
        store.write({ envelopes: [made('whole', 'after')], newLane: newLane(53, [bytes(32, 54)]) }),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      const { envelopes } = await store.page({ ...ascending, topics: [topicOf('whole')] })
      expect(envelopes.map(({ message }) => Buffer.from(message).toString())).toEqual(['before', 'after'])
      expect(await store.lane(bytes(32, 51))).toBeUndefined()
      expect(
        (await store.usedNullifiers([bytes(32, 52), bytes(32, 54)])).map(({ nullifier: [first] }) => first),
      ).toEqual([54])
    })

    test('keeps what a nullifier has shown, who paid for a lane, and by which connections it was opened', async () => {
      const nullifier = bytes(32, 55)
      const made = newLane(55, [nullifier])
      await store.write({
        newLane: { ...made, lane: { ...made.lane, payers: [bytes(20, 9), bytes(20, 7)], connections: [bytes(16, 8)] } },
      })
      const [used] = await store.usedNullifiers([nullifier])
      expect(Buffer.concat([used!.use, used!.y!])).toEqual(Buffer.alloc(64, 55))
      const { payers, connections } = (await store.lane(bytes(32, 55)))!
      expect(payers?.map((payer) => [...payer])).toEqual([[...bytes(20, 9)], [...bytes(20, 7)]])
      expect(connections?.map((connection) => [...connection])).toEqual([[...bytes(16, 8)]])
    })

    test('keeps the highest version of a list of blocks, whatever the order of writing', async () => {
      expect(await store.blocks('0xB')).toMatchObject({ version: 0n, entries: new Uint8Array() })
      for (const version of [2n, 2n ** 64n - 1n, 3n]) {
        const list = { version, salt: bytes(32, 1), entries: bytes(65_536, Number(version % 256n)) }
        await store.write({ blocks: [{ owner: '0xB', list }] })
      }
      const { version, entries } = await store.blocks('0xB')
      expect([version, Buffer.compare(entries, bytes(65_536, 255))]).toEqual([2n ** 64n - 1n, 0])
    })

    test('keeps a leak once, and what is written with it', async () => {
      const leak = { secret: bytes(32, 56), classNumber: 3 }
      const writes = [1, 2].map((i) => store.write({ leak, envelopes: [made('leaks', `leak ${i}`)] }))
      expect((await Promise.allSettled(writes)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      const [kept, second] = await store.leaks()
      expect([kept?.classNumber, kept?.secret[0], second]).toEqual([3, 56, undefined])
      expect((await store.page({ ...ascending, topics: [topicOf('leaks')] })).envelopes).toHaveLength(1)
    })

    test('of many lanes with one nullifier, one is kept', async () => {
      const nullifier = bytes(32, 60)
      const writes = Array.from({ length: 40 }, (_, i) => store.write({ newLane: newLane(100 + i, [nullifier]) }))
      const kept = (await Promise.allSettled(writes)).filter(({ status }) => status === 'fulfilled')
      expect(kept).toHaveLength(1)
    })

    test('counts what waits on a topic: letters, their units, and lanes that have brought none', async () => {
      const topic = topicOf('unattended')
      expect(await store.unattended(topic)).toEqual({ letters: 0, units: 0, open: [] })
      for (const fill of [71, 72]) {
        const lane = { ...laneOf(fill), topic, units: fill, expiresAt: fill }
        await store.write({ newLane: { ...newLane(fill), lane } })
      }
      await store.write({ newLane: newLane(73) }) // on another topic
      const sizes = [0, 1, 4096, 4097]
      await store.write({ envelopes: sizes.map((size, i) => made('unattended', bytes(size, i), BigInt(i))) })
      await store.write({ envelopes: [made('elsewhere', bytes(9000, 1))] })
      const { open, ...kept } = await store.unattended(topic)
      expect(kept).toEqual({ letters: 4, units: 5 })
      const plain = open.map(({ use, units, expiresAt }) => [use[0], use.length, units, expiresAt])
      expect(plain.sort()).toEqual([
        [71, 32, 71, 71],
        [72, 32, 72, 72],
      ])
      await store.write({ lanes: [{ ...laneOf(71), topic, usedEnvelopes: 1 }] })
      expect((await store.unattended(topic)).open.map(({ units }) => units)).toEqual([72])
    })

    test('moves lanes on with the envelopes that they publish', async () => {
      const lane = laneOf(70)
      await store.write({ newLane: newLane(70) })
      const { grant, shown } = (await store.grant(lane.use)) ?? {}
      expect([grant, shown].map((part) => [...(part ?? [])])).toEqual([[...bytes(9, 70)], [...bytes(32, 70)]])
      await Promise.all(
        [1, 2, 3].map((counter) =>
          store.write({
            envelopes: [{ ...made('lane', String(counter)), use: lane.use, counter }],
            lanes: [{ ...lane, usedUnits: counter, usedEnvelopes: counter, counter }],
          }),
        ),
      )
      expect(await store.lane(lane.use)).toMatchObject({
        usedUnits: 3,
        usedEnvelopes: 3,
        counter: 3,
        units: 9,
        envelopes: 4,
      })
      expect((await store.lanesOf(lane.topic, lane.holder, lane.expiresAt - 1)).map(({ counter }) => counter)).toEqual([
        3,
      ])
      expect(await store.lanesOf(lane.topic, lane.holder, lane.expiresAt)).toEqual([])
    })

    test('knows of a topic whether something was published, and what it was made', async () => {
      const topic = topicOf('state')
      expect(await store.topic(topic)).toEqual({ owner: '', claimed: false, closed: false, open: false, used: false })
      const state = { topic, owner: '0xA', claimed: true, closed: false, open: true, used: true }
      await store.write({ topics: [state], envelopes: [made('state')] })
      const { topic: _, ...kept } = state
      expect(await store.topic(topic)).toEqual(kept)
      await store.write({ topics: [{ ...state, closed: true }] })
      expect(await store.topic(topic)).toEqual({ ...kept, closed: true })
    })

    test('keeps superseded policies for an hour, tallies for a day, and what is parked for a week', async () => {
      const now = 1_800_000_000
      const day = Math.floor(now / 86_400)
      const parked = {
        wallet: '0xW',
        recipient: '0xR',
        topic: 't',
        publish: bytes(100, 1),
        caller: '@c',
        parkedAt: now,
      }
      await store.write({
        policies: [
          { owner: '0xP', version: { version: 2n ** 64n - 1n, document: bytes(2, 2) } },
          { owner: '0xP', version: { version: 1n, document: bytes(1, 1), supersededAt: now } },
        ],
        tallies: [{ kind: 'requests', who: '0xR', day, count: 3 }],
        park: parked,
      })
      await store.write({ tallies: [{ kind: 'requests', who: '0xR', day, count: 4 }] })
      expect((await store.policies('0xP')).map(({ version, supersededAt }) => [version, supersededAt])).toEqual([
        [2n ** 64n - 1n, undefined],
        [1n, now],
      ])
      expect(await store.tally({ kind: 'requests', who: '0xR', day })).toBe(4)
      expect(await store.parkedPlaces()).toEqual([
        { wallet: '0xW', recipient: '0xR', caller: '@c', parkedAt: now, bytes: 100 },
      ])
      await store.sweep(now + 3601)
      expect((await store.policies('0xP')).length).toBe(1)
      expect(await store.parked('0xW', '0xR')).toMatchObject({ topic: 't', parkedAt: now })
      await store.sweep(now + 7 * 86_400 + 1)
      expect(await store.tally({ kind: 'requests', who: '0xR', day })).toBe(0)
      expect(await store.parked('0xW', '0xR')).toBeUndefined()
    })

    test('makes a secret once', async () => {
      const first = await store.secret('test', () => bytes(32, 1))
      expect([...(await store.secret('test', () => bytes(32, 2)))]).toEqual([...first])
    })

    if (!isDurable) return

    test('refuses a second process on the same database', async () => {
      await expect(open()).rejects.toMatchObject({ code: 'database.busy' })
    })

    test('is the same after it was closed and opened again', async () => {
      const sent = made('durable')
      const [sequence = 0n] = await store.write({ envelopes: [sent] })
      await store.addCheckpoint(9n, bytes(5, 9), 1)
      await store.close()
      store = await open()
      expect((await store.find(sent))?.sequence).toBe(sequence)
      expect(store.position()).toBe(sequence)
      expect((await store.checkpoints()).map((signed) => [...signed])).toEqual([[9, 9, 9, 9, 9]])
      const [next = 0n] = await store.write({ envelopes: [made('durable', 'next')] })
      expect(next).toBe(sequence + 1n)
    })
  })
}

test('a store of before there were stakes goes on: its nullifiers are used, and nothing was shown for its letters', async () => {
  const directory = await folder()
  const before = await openPglite('node', directory)
  await before.script(`
    create table counters (name text primary key, value bigint not null);
    insert into counters values ('sequence', 1);
    create table nullifiers (nullifier bytea primary key, use bytea not null);
    insert into nullifiers values ('\\x01', '\\x02');
    create table lanes (use bytea primary key, topic text not null, holder bytea not null, units integer not null,
      expires_at bigint not null, envelopes bigint not null, tag bytea, signed_grant bytea not null,
      used_units integer not null default 0, used_envelopes bigint not null default 0, counter bigint not null default 0);
    insert into lanes (use, topic, holder, units, expires_at, envelopes, signed_grant)
      values ('\\x02', 't', '\\x03', 1, 2, 3, '\\x04');
    create table envelopes (sequence bigint not null, topic text not null, time bigint not null, digest bytea not null,
      message bytea not null, use bytea, counter bigint, tag bytea, primary key (topic, sequence), unique (topic, time, digest));
    insert into envelopes values (1, 't', 0, '\\x05', '\\x06', '\\x02', 1, null);`)
  await before.close()
  const store = await createSqlStore(await openPglite('node', directory))
  const [used] = await store.usedNullifiers([bytes(1, 1)])
  expect([used?.use[0], used?.y]).toEqual([2, undefined])
  expect(await store.lane(bytes(1, 2))).toMatchObject({ topic: 't', units: 1, evidence: undefined })
  expect((await store.after({ topics: ['t'], sequence: 0n, limit: 9 }))[0]).toMatchObject({
    counter: 1,
    evidence: undefined,
  })
  const evidence = { ...made('new'), use: bytes(32, 57), counter: 1, evidence: bytes(9, 9) }
  await store.write({ newLane: newLane(57, [bytes(32, 57)]), envelopes: [evidence] })
  expect((await store.find(evidence))?.evidence).toHaveLength(9)
  expect(await store.usedNullifiers([bytes(32, 57)])).toHaveLength(1)
  await store.close()
})

test('an envelope that cannot be kept, because its sequence is taken, is refused, and not dropped in silence', async () => {
  const database = await openPglite('node')
  await (await createSqlStore(database)).write({ envelopes: [made('taken', 'first')] })
  await database.script('update counters set value = 0')
  const store = await createSqlStore(database)
  await expect(store.write({ envelopes: [made('taken', 'second')] })).rejects.toThrow()
  await store.close()
})
