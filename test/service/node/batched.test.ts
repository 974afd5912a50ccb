import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { type Envelope, ownedTopic } from '../../../sdk/codec/index.ts'
import { toAddress } from '../../../sdk/crypto/index.ts'
import { batched } from '../../../service/node/store/batched.ts'
import type { Database, Statement } from '../../../service/plugins/database/index.ts'
import { envelope, laneEnvelope, laneFields, makeAccount, makeHolder, makeNode } from '../../helpers/node.ts'

afterEach(() => void vi.restoreAllMocks())

/** A database that knows how long each text is, unless it fails, and counts what it is asked. */
function makeLengths() {
  const state = { reads: 0, fails: false }
  const read = async ({ values: [texts] = [] }: Statement) => {
    state.reads++
    if (state.fails) throw new Error('away')
    return (texts as string[]).map((text, i) => ({ at: `${i + 1}`, length: text.length })).reverse()
  }
  const lengthOf = batched({ read } as unknown as Database, {
    name: 'length',
    text: '',
    values: (texts: readonly string[]) => [[...texts]],
    take: ([row]) => row.length as number,
  })
  return { state, lengthOf }
}

test('questions of one moment share one read, and each gets its own answer', async () => {
  const { state, lengthOf } = makeLengths()
  expect(await Promise.all(['a', 'abc', 'a', ''].map(lengthOf))).toEqual([1, 3, 1, 0])
  expect(state.reads).toBe(1)
  const early = lengthOf('early')
  await new Promise(setImmediate)
  expect(await Promise.all([early, lengthOf('later on')])).toEqual([5, 8])
  expect(state.reads).toBe(3)
})

test('a read that fails is told to all that share it, and the next one is another', async () => {
  const { state, lengthOf } = makeLengths()
  state.fails = true
  const answers = await Promise.allSettled(['a', 'b'].map(lengthOf))
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  state.fails = false
  expect(await lengthOf('abc')).toBe(3)
})

test('a publish of a thousand envelopes asks the database a few times for each hundred, and no more once it is refused', async () => {
  const node = await makeNode()
  const alice = await makeAccount(0x11)
  const statements = vi.spyOn(pg.Client.prototype, 'query')
  const topics = (name: string, count: number): Envelope[] =>
    Array.from({ length: count }, (_, i) => envelope(`/xmtp/0/m-${name}-${i}/proto`))
  const strangers = Array.from({ length: 1000 }, (_, i) =>
    toAddress(Uint8Array.from({ length: 20 }, (_, at) => (at < 18 ? 7 : i >> (8 * (at - 18))))),
  )
  /** What it is answered, and how many statements it took. */
  const cost = async (sent: Envelope[]): Promise<[status: number, statements: number]> => {
    statements.mockClear()
    const { status } = await node.publish(alice, ...sent)
    return [status, statements.mock.calls.length]
  }
  const atMost = (most: number) => expect.toSatisfy((count: number) => count <= most, `at most ${most}`)
  const stored = topics('stored', 1000)
  expect(await cost(stored)).toEqual([200, atMost(30)])
  expect(await cost(stored)).toEqual([200, atMost(30)])
  const invites = strangers.map((address) => envelope(ownedTopic('invite', address)))
  expect(await cost(invites)).toEqual([403, atMost(8)])
  expect(await cost([...invites].reverse())).toEqual([403, atMost(8)])
  expect(await cost([...topics('good', 999), ...invites.slice(500, 501)])).toEqual([403, atMost(30)])

  const { holder, seed } = makeHolder(1)
  const lane = { ...laneFields('/xmtp/0/m-lane/proto', holder, { units: 200 }), seed }
  await node.openLane(lane)
  const sent = Array.from({ length: 100 }, (_, i) => laneEnvelope(lane, i + 1, envelope(lane.topic)))
  expect((await node.publishLane(...sent)).status).toBe(200)
  statements.mockClear()
  expect((await node.publishLane(...sent)).status).toBe(200)
  expect((await node.publishLane(...sent.slice(0, 99), laneEnvelope(lane, 1, envelope(lane.topic)))).status).toBe(409)
  expect(statements.mock.calls.length).toBeLessThanOrEqual(12)
  await node.close()
})
