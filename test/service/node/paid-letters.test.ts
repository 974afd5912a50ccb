import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeEnvelopeEvidence, decodeLaneEvidence, type Envelope, ownedTopic } from '../../../sdk/codec/index.ts'
import { fromBase64, toHex, walletHolder } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import type { LiveEnvelope } from '../../../service/node/bus.ts'
import { subscribe } from '../../../service/node/subscribe.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeStampNode,
  type TestAccount,
  ticketEvidence,
} from '../../helpers/node.ts'
import { enter, pay } from '../../helpers/payments.ts'
import { recipient } from '../../helpers/world.ts'

// A sender shows a payment to the node and need not show it to anybody else. What bob asks the node for is all he may get.

const now = Math.floor(Date.now() / 1000)
const defaultRule = 'stamp 1 or (postage 3 and bond 2)'
let [bob, carol, mallory, eve]: TestAccount[] = []
let node: Awaited<ReturnType<typeof makeStampNode>>
let lanes: ReturnType<typeof paidLane>[]
let entered: ReturnType<typeof enter>
let dataDir: string

type Paying = Parameters<typeof pay>[0]

/** A lane of a holder on a topic, and what was paid for it. */
function paidLane(byte: number, topic: string, ...payments: Paying[]) {
  const { holder, seed } = makeHolder(byte)
  return paidFor(laneFields(topic, holder), seed, payments)
}

function paidFor(lane: ReturnType<typeof laneFields>, seed: Uint8Array, payments: readonly Paying[] = [{}]) {
  const all = payments.length > 0 ? payments : [{}]
  return { lane, seed, paid: all.map((more) => pay({ use: lane.use, deliverBy: BigInt(now + 3600), ...more })) }
}

/** The floor and the connection come first; one payment meets both, or two meet one each. */
function request(i: number) {
  const { lane, paid } = lanes[i]!
  const first = lanes.slice(0, i).reduce((sum, each) => sum + each.paid.length, 0)
  const evidence = paid.map((_, k) => ({
    condition: 3 + k,
    also: paid.length === 1 ? [4] : [],
    kind: { case: 'payment' as const, value: entered.payment(first + k) },
  }))
  return { ...lane, evidence } as never
}

function open() {
  const { classes, root, roots, trees, operations } = entered.view.latest
  return makeStampNode({ defaultRule: parseRule(defaultRule), dataDir }, { classes, root, roots, trees, operations })
}

beforeAll(async () => {
  ;[bob, carol, mallory, eve] = await Promise.all([0xb0, 0xca, 0x66, 0xee].map((byte) => makeAccount(byte)))
  expect(bob!.bytes).toEqual(recipient)
  const [sealed, invite] = [ownedTopic('sealed', bob!.address), ownedTopic('invite', bob!.address)]
  const toCarol = { recipient: carol!.bytes, index: 3 }
  lanes = [
    paidLane(1, sealed),
    paidLane(2, invite),
    paidFor(laneFields(invite, walletHolder(mallory!.bytes)), new Uint8Array()),
    paidLane(4, sealed, { bond: 0n }, { base: 0n }),
    paidLane(5, ownedTopic('sealed', carol!.address), toCarol),
    paidLane(6, sealed),
    paidFor(laneFields(invite, walletHolder(eve!.bytes)), new Uint8Array()),
  ]
  entered = enter(...lanes.flatMap(({ paid }) => paid))
  dataDir = await mkdtemp(join(tmpdir(), 'pennypost-paid-'))
  node = await open()
})
afterAll(async () => {
  await node.close()
  await rm(dataDir, { recursive: true, force: true })
})

const publish = (i: number, sent: Envelope, counter = 1) =>
  node.publishLane(laneEnvelope({ ...lanes[i]!.lane, seed: lanes[i]!.seed }, counter, sent))

/** What a reader finds beside the envelopes of a topic, in their order. */
async function besides(topic: string, reader?: TestAccount): Promise<(string | undefined)[]> {
  const { envelopes } = await node.query(topic, reader)
  return envelopes.map(({ evidence }: { evidence?: string }) => evidence).reverse()
}

/** What the node handed over for the i-th lane: its terms, and what was paid. */
function expectPaid(text: string | undefined, i: number, counter = 1): void {
  const { lane: encoded, ...shown } = decodeEnvelopeEvidence(fromBase64(text ?? expect.fail('The node hides it.')))
  const { lane, paid } = lanes[i]!
  expect(shown.counter).toBe(counter)
  const { holder, units, expiresAt, payments } = decodeLaneEvidence(encoded)
  expect({ holder, units, expiresAt }).toEqual({ holder: lane.holder, units: 1, expiresAt: lane.expiresAt })
  expect(
    payments.map(({ salt, index, terms, siblings }) => [toHex(salt), index, toHex(terms!.root), siblings]),
  ).toEqual(
    paid.map(({ place: { salt, index, terms, siblings } }) => [toHex(salt), index, toHex(terms.root), siblings]),
  )
}

describe('what was paid for a letter', () => {
  test('gets to its recipient from the node, restarted after the lane was opened and after the letter came', async () => {
    const topic = ownedTopic('sealed', bob!.address)
    expect((await node.openLane(request(0))).status).toBe(201)
    await node.close()
    node = await open()
    const sent = envelope(topic)
    const first = await publish(0, sent)
    expect(first.status).toBe(200)
    expect((await publish(0, sent)).bytes).toEqual(first.bytes) // once more: the same
    const [paid] = await besides(topic, bob)
    expectPaid(paid, 0)
    await node.close()
    node = await open()
    expect(await besides(topic, bob)).toEqual([paid])
  })

  test('gets to nobody else, though anybody may read the topic, by query and by stream', async () => {
    const topic = ownedTopic('invite', bob!.address)
    const stop: (() => void)[] = []
    const heard = new Map<string, LiveEnvelope[]>()
    const listen = (
      name: string,
      topics: string[] | 'all',
      more: { reader?: TestAccount | undefined; after?: bigint } = {},
    ) => {
      const got: LiveEnvelope[] = []
      heard.set(name, got)
      const sink = {
        send: (one: LiveEnvelope) => got.push(one) > 0,
        live: () => {},
        behind: () => {},
        drained: async () => true,
        cut: () => {},
        fail: () => {},
      }
      stop.push(subscribe(node.deps, { topics, after: more.after, reader: more.reader?.address }, sink))
    }
    listen('bob', [topic], { reader: bob })
    listen('mallory', [topic], { reader: mallory })
    listen('anybody', [topic])
    listen('everything', 'all')
    expect((await node.openLane(request(1))).status).toBe(201)
    expect((await publish(1, envelope(topic))).status).toBe(200)
    listen('bob, later', [topic], { reader: bob, after: 0n })
    listen('anybody, later', [topic], { after: 0n })
    await expect.poll(() => [...heard.values()].map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1])
    for (const end of stop) end()
    const shown = [...heard].filter(([, [one]]) => one?.evidence !== undefined).map(([name]) => name)
    expect(shown).toEqual(['bob', 'bob, later'])
    expectPaid((await besides(topic, bob))[0], 1)
    for (const reader of [undefined, mallory]) expect(await besides(topic, reader)).toEqual([undefined])
    const stale = { ...bob!, token: 'nonsense' }
    expect(await besides(topic, stale)).toEqual([undefined])
  })

  test.each([
    ['has published with its token', 2, 'after'],
    ['wanted to publish before it was paid for', 6, 'before'],
  ])('gets to the recipient of an invitation that a wallet %s', async (_, i, when) => {
    const [topic, author] = [ownedTopic('invite', bob!.address), i === 2 ? mallory : eve]
    const published = () => node.publish(author!, envelope(topic))
    if (when === 'before') expect((await published()).json.message).toMatch(/kept for up to 7 days/)
    expect((await node.openLane(request(i))).status).toBe(201)
    if (when === 'after') expect((await published()).status).toBe(200)
    expectPaid((await besides(topic, bob)).at(-1), i, 0)
    expect((await besides(topic, author)).at(-1)).toBeUndefined()
  })

  test('is all of it where two payments have opened the lane', async () => {
    const topic = ownedTopic('sealed', bob!.address)
    expect((await node.openLane(request(3))).status).toBe(201)
    expect((await publish(3, envelope(topic))).status).toBe(200)
    expectPaid((await besides(topic, bob))[1], 3)
  })

  test('is the own place only, for each recipient of one payment', async () => {
    const topic = ownedTopic('sealed', carol!.address)
    expect((await node.openLane(request(4))).status).toBe(201)
    expect((await publish(4, envelope(topic))).status).toBe(200)
    expectPaid((await besides(topic, carol))[0], 4)
    expect((await node.query(topic, bob)).message).toMatch(/^topic\.owner-only: /)
  })

  test('is told with each condition that was met, as what was shown without a payment is', async () => {
    const met = async (topic: string, reader?: TestAccount) => {
      const [text] = (await besides(topic, reader)).slice(-1)
      return text && decodeLaneEvidence(decodeEnvelopeEvidence(fromBase64(text)).lane).met
    }
    const [sealed, invite] = [ownedTopic('sealed', bob!.address), ownedTopic('invite', bob!.address)]
    expect(((await met(sealed, bob)) as { evidence: string }[]).map(({ evidence }) => evidence)).toEqual([
      'payment',
      'payment',
    ])
    const { holder, seed } = makeHolder(77)
    const lane = laneFields(invite, holder)
    expect(
      (await node.openLane({ ...lane, evidence: [ticketEvidence(2, 77, { root: entered.view.latest.trees[0]! })] }))
        .status,
    ).toBe(201)
    expect((await node.publishLane(laneEnvelope({ ...lane, seed }, 1, envelope(invite)))).status).toBe(200)
    expect(await met(invite, bob)).toMatchObject([
      { condition: { kind: { case: 'stamp', value: { count: 1 } } }, evidence: 'ticket', classNumber: 1, issuers: [] },
    ])
    for (const reader of [undefined, mallory]) expect(await met(invite, reader)).toBeUndefined()
  })

  test('is in the streams that its recipient’s token opens', async () => {
    const topic = ownedTopic('sealed', bob!.address)
    const url = await node.app.listen({ port: 0, host: '127.0.0.1' })
    const headers = { authorization: `Bearer ${bob!.token}` }
    const listen = (path: string) =>
      fetch(url + path, { method: 'POST', body: JSON.stringify({ contentTopics: [topic] }), headers })
    const streams = await Promise.all(['/v1/subscribe', '/message/v1/subscribe'].map(listen))
    expect((await node.openLane(request(5))).status).toBe(201)
    expect((await publish(5, envelope(topic))).status).toBe(200)
    const stored = (await besides(topic, bob)).at(-1)
    expectPaid(stored, 5)
    node.context.streams.close()
    for (const text of await Promise.all(streams.map((stream) => stream.text()))) expect(text).toContain(stored)
  })
})
