import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  decodePage,
  directTopic,
  type Envelope,
  envelopeToJson,
  ephemeralTopic,
  maxMessageLength,
  maxTopicLength,
  messageTopic,
  ownedTopic,
  preferencesTopic,
} from '../../../sdk/codec/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { type AnonymousNode, createAnonymousNode, createNamedNode } from '../../../sdk/transport/index.ts'
import { LANE_LIMITS, maxVersionStep, verifyBlockList, verifySignedPolicy } from '../../../sdk/verifier/index.ts'
import { blocksEnvelope } from '../../helpers/blocks.ts'
import {
  checkpointOf,
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeStampNode,
  networkId,
  policyEnvelope,
  type TestAccount,
  ticketEvidence,
} from '../../helpers/node.ts'

let node: Awaited<ReturnType<typeof makeStampNode>>
let url: string
let client: AnonymousNode
let bob: TestAccount
let number = 0

beforeAll(async () => {
  const [stamps] = checkpointOf().classes
  const classes = [{ ...stamps!, unitsPerTicket: LANE_LIMITS.units }]
  node = await makeStampNode({ defaultRule: parseRule('stamp 1') }, { classes })
  bob = await makeAccount(0x22)
  url = await node.app.listen({ port: 0, host: '127.0.0.1' })
  client = createAnonymousNode({ url })
})
afterAll(() => node.close())

const largest = () => new Uint8Array(randomBytes(maxMessageLength))
const longTopic = () => {
  const start = `${number++}-`
  return messageTopic(start + 'x'.repeat(maxTopicLength - messageTopic(start).length))
}

/** Publishes under a lane that is worth a number of units. */
async function publishUnderLane(sent: Envelope, { units = LANE_LIMITS.units as number, seed = ++number } = {}) {
  const holder = makeHolder(seed)
  const lane = laneFields(sent.contentTopic, holder.holder, { units })
  const isSealed = sent.contentTopic.includes('sealed')
  const opened = await node.openLane({ ...lane, evidence: isSealed ? [ticketEvidence(2, ++number)] : [] })
  expect([opened.status, opened.json?.code]).toEqual([201, undefined])
  return node.publishLane(laneEnvelope({ ...lane, seed: holder.seed }, 0xffff_ffff, sent))
}

const publishWithToken = (sent: Envelope) => node.publish(bob, sent)

/** An envelope as every way of reading gives it. */
async function readEveryWay(sent: Envelope, position: bigint): Promise<Envelope[]> {
  const { contentTopic: topic, timestampNs: time } = sent
  const token = bob.token
  const only = { contentTopics: [topic], startTimeNs: time, endTimeNs: time }
  const pick = ({ envelopes }: { envelopes: readonly Envelope[] }) =>
    envelopes.find(({ timestampNs }) => timestampNs === time)
  const binary = await node.post(
    '/message/v1/query',
    { contentTopics: [topic], startTimeNs: time.toString() },
    {
      accept: 'application/x-protobuf',
      authorization: `Bearer ${token}`,
    },
  )
  const owner = createNamedNode({ url, token: () => token })
  const stream = await owner.subscribe({ contentTopics: [topic], after: position })
  const found = [
    pick(await owner.queryPage({ contentTopics: [topic] })),
    pick(await owner.queryPage({ ...only, direction: 'descending' })),
    pick({
      envelopes: (await owner.batchQuery([only, { contentTopics: [topic], limit: 1, startTimeNs: time }]))[0]!
        .envelopes,
    }),
    pick(decodePage(binary.bytes)),
    (await stream.next()).value as Envelope,
  ]
  await stream.return?.()
  return found.map(
    (
      { contentTopic, timestampNs, message }: Envelope = {
        contentTopic: 'none',
        timestampNs: 0n,
        message: new Uint8Array(),
      },
    ) => {
      return { contentTopic, timestampNs, message }
    },
  )
}

const own = (kind: Parameters<typeof ownedTopic>[0]) => ownedTopic(kind, bob.address)

describe('what was accepted can be read, and no more is accepted:', () => {
  test.each<[string, () => Envelope, (sent: Envelope) => Promise<{ status: number }>]>([
    [
      'a conversation’s topic of 300 bytes and the largest envelope',
      () => envelope(longTopic(), largest()),
      publishWithToken,
    ],
    ['the same under the largest lane', () => envelope(longTopic(), largest()), publishUnderLane],
    ['the largest letter', () => envelope(own('sealed'), largest()), publishUnderLane],
    ['a letter of nothing', () => envelope(own('sealed'), new Uint8Array()), publishUnderLane],
    ['a log entry', () => envelope(own('log'), largest()), publishWithToken],
    ['a contact', () => envelope(own('contact'), largest()), publishWithToken],
    ['a backup', () => envelope(own('privatestore'), largest()), publishWithToken],
    ['a shared list', () => envelope(own('sharedlist'), largest()), publishWithToken],
    ['an invitation', () => envelope(own('invite'), largest()), publishWithToken],
    ['an introduction', () => envelope(own('intro'), largest()), publishWithToken],
    ['an invitation to a group', () => envelope(own('groupInvite'), largest()), publishWithToken],
    ['a preference', () => envelope(preferencesTopic('b'.repeat(43)), largest()), publishWithToken],
    ['time 0', () => envelope(longTopic(), 'first', 0n), publishWithToken],
    ['time 2^63 - 1', () => envelope(longTopic(), 'signed', 2n ** 63n - 1n), publishWithToken],
    ['time 2^63', () => envelope(longTopic(), 'unsigned', 2n ** 63n), publishWithToken],
    ['time 2^64 - 1', () => envelope(longTopic(), 'last', 2n ** 64n - 1n), publishWithToken],
    ['time 2^64 - 1 under a lane', () => envelope(longTopic(), 'last', 2n ** 64n - 1n), publishUnderLane],
    ['time 2^64 - 1 of a log', () => envelope(own('log'), 'last', 2n ** 64n - 1n), publishWithToken],
  ])('%s', async (_, make, publish) => {
    const sent = make()
    const position = node.deps.store.position()
    expect((await publish(sent)).status).toBe(200)
    for (const found of await readEveryWay(sent, position)) expect(same(found, sent)).toBe(true)
  })

  test('a first message to another, and the conversation of two', async () => {
    const carol = await makeAccount(0x33)
    await node.publish(carol, policyEnvelope(carol, { version: 1n, rule: 'everyone' }))
    const sent = [
      envelope(directTopic(bob.address, carol.address), largest()),
      envelope(ownedTopic('invite', carol.address), largest(), 2n ** 64n - 1n),
    ]
    for (const one of sent) {
      const position = node.deps.store.position()
      expect((await node.publish(bob, one)).status).toBe(200)
      for (const found of await readEveryWay(one, position)) expect(same(found, one)).toBe(true)
    }
  })

  test('an ephemeral envelope of the largest size is streamed', async () => {
    const sent = envelope(
      ephemeralTopic(messageTopic('x'.repeat(maxTopicLength - messageTopic('').length - 1))),
      largest(),
    )
    const stream = await client.subscribe({ contentTopics: [sent.contentTopic] })
    expect((await node.publish(bob, sent)).status).toBe(200)
    expect(same((await stream.next()).value as Envelope, sent)).toBe(true)
    await stream.return?.()
  })

  test('the largest list of blocks, at the highest version that may come first', async () => {
    const target = { networkId, owner: bob.bytes }
    const wallets = Array.from({ length: 4096 }, (_, i) => Uint8Array.of(i >> 8, i, ...bob.bytes.subarray(2)))
    const sent = blocksEnvelope(bob, { version: maxVersionStep, wallets })
    const position = node.deps.store.position()
    expect((await node.publish(bob, sent)).status).toBe(200)
    for (const found of await readEveryWay(sent, position)) {
      expect(verifyBlockList(found.message, target).entries).toHaveLength(65_536)
    }
  })

  test('the largest policy, at the highest version that may come first', async () => {
    const target = { networkId, owner: bob.bytes }
    const key = { keyId: new Uint8Array(8), key: new Uint8Array(32) }
    const make = (count: number) =>
      policyEnvelope(bob, { version: maxVersionStep, rule: 'everyone', sealedKeys: Array(count).fill(key) })
    const isTaken = (count: number) => {
      try {
        return Boolean(verifySignedPolicy(make(count).message, target))
      } catch {
        return false
      }
    }
    const most = [...Array(600).keys()].findLast(isTaken) ?? 0
    expect((await node.publish(bob, make(most + 1))).status).toBe(400)
    const sent = make(most)
    const position = node.deps.store.position()
    expect((await node.publish(bob, sent)).status).toBe(200)
    for (const found of await readEveryWay(sent, position)) {
      expect(verifySignedPolicy(found.message, target).document.sealedKeys).toHaveLength(most)
    }
  })

  test('pages of the largest envelopes, one after the other, by one client', async () => {
    const topic = longTopic()
    const sent = Array.from({ length: 20 }, () => envelope(topic, largest()))
    for (const one of sent) expect((await node.publish(bob, one)).status).toBe(200)
    const found: Envelope[] = []
    for await (const page of client.query({ contentTopics: [topic] })) found.push(...page.envelopes)
    expect(found.map((one, i) => same(one, sent[i]!))).toEqual(Array(20).fill(true))
  })

  test.each<[string, () => Envelope]>([
    ['a topic of 301 bytes', () => envelope(`${longTopic().slice(0, -6)}x/proto`)],
    ['an envelope of one byte more', () => envelope(longTopic(), new Uint8Array(maxMessageLength + 1))],
    ['a log entry of one byte more', () => envelope(own('log'), new Uint8Array(maxMessageLength + 1))],
  ])('not %s', async (_, make) => {
    expect((await node.publish(bob, make())).status).toBe(400)
  })

  test('no time of 65 bits', async () => {
    const json = { ...envelopeToJson(envelope(longTopic())), timestampNs: (2n ** 64n).toString() }
    const { status } = await node.post(
      '/message/v1/publish',
      { envelopes: [json] },
      { authorization: `Bearer ${bob.token}` },
    )
    expect(status).toBe(400)
  })
})

const same = (one: Envelope, other: Envelope): boolean =>
  one.contentTopic === other.contentTopic &&
  one.timestampNs === other.timestampNs &&
  Buffer.compare(one.message, other.message) === 0
