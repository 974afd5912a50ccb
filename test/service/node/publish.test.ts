import { fc } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodePublishResponse, encodePublishRequest, receiptStatement } from '../../../sdk/codec/index.ts'
import { fromBase64, toBase64, verifyEd25519 } from '../../../sdk/crypto/index.ts'
import { laneKey } from '../../../service/node/state/node-state.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  type TestNode,
} from '../../helpers/node.ts'

let node: TestNode
let count = 0

beforeAll(async () => {
  node = await makeNode()
})
afterAll(() => node.close())

/** An open lane on a conversation of its own. */
async function openLane(units = 1000, topic = `/xmtp/0/m-publish${++count}/proto`) {
  const { holder, seed } = makeHolder(++count % 256)
  const lane = { ...laneFields(topic, holder, { units }), seed }
  expect((await node.openLane(lane)).status).toBe(201)
  return {
    ...lane,
    next: (counter: number, text = 'hello', at?: bigint) => laneEnvelope(lane, counter, envelope(topic, text, at)),
  }
}

const stateOf = ({ use }: { use: Uint8Array }) => node.deps.store.lane(use)

describe('publishing under a lane', () => {
  test('is answered with a receipt that the node has signed', async () => {
    const lane = await openLane()
    const { status, json } = await node.publishLane(lane.next(1), lane.next(2))
    expect(status).toBe(200)
    const [first, second] = json.receipts
    expect(BigInt(second.sequence)).toBe(BigInt(first.sequence) + 1n)
    const statement = receiptStatement(fromBase64(first.digest), BigInt(first.sequence))
    expect(verifyEd25519(fromBase64(first.signature), statement, node.deps.key.publicKey)).toBe(true)
    expect(await stateOf(lane)).toMatchObject({ counter: 2, usedUnits: 2, usedEnvelopes: 2 })
  })

  test('speaks JSON as it speaks protobuf', async () => {
    const lane = await openLane()
    const sent = lane.next(1)
    const binary = await node.post('/v1/publish', encodePublishRequest({ envelopes: [sent] }), {
      'content-type': 'application/x-protobuf',
    })
    const [receipt] = decodePublishResponse(binary.bytes).receipts
    const { contentTopic, timestampNs, message } = sent.envelope
    const json = await node.post('/v1/publish', {
      envelopes: [
        {
          envelope: { contentTopic, timestampNs: timestampNs.toString(), message: toBase64(message) },
          use: toBase64(sent.use),
          counter: 1,
          signature: toBase64(sent.signature),
        },
      ],
    })
    expect(json.json.receipts[0]).toEqual({
      digest: toBase64(receipt!.digest),
      sequence: receipt!.sequence.toString(),
      signature: toBase64(receipt!.signature),
    })
  })

  test('the same envelope with the same counter gets the same receipt and takes nothing, at the same time too', async () => {
    const lane = await openLane(1)
    const sent = lane.next(1)
    const answers = await Promise.all(Array.from({ length: 20 }, () => node.publishLane(sent)))
    for (const { status, json } of answers) expect([status, json]).toEqual([200, answers[0]!.json])
    expect(await stateOf(lane)).toMatchObject({ usedUnits: 1, counter: 1 })
    expect((await node.query(lane.topic)).envelopes).toHaveLength(1)
  })

  test('a counter belongs to one envelope for ever', async () => {
    const lane = await openLane()
    await node.publishLane(lane.next(5))
    for (const counter of [5, 4, 1, 0]) {
      const { status, json } = await node.publishLane(lane.next(counter, 'other'))
      expect([counter, status, json.code]).toEqual([counter, 409, 'envelope.counter-too-low'])
    }
    expect((await node.publishLane(lane.next(6))).status).toBe(200)
  })

  test('an envelope that was stored under another counter is not repeated under a new one', async () => {
    const lane = await openLane()
    const at = 77n
    await node.publishLane(lane.next(1, 'same', at))
    expect((await node.publishLane(lane.next(3, 'same', at))).status).toBe(200)
    expect((await node.query(lane.topic)).envelopes).toHaveLength(1)
    expect(await stateOf(lane)).toMatchObject({ counter: 3, usedUnits: 2 })
  })

  test('of a hundred envelopes with one counter, one is stored', async () => {
    const lane = await openLane()
    const sent = Array.from({ length: 100 }, (_, i) => lane.next(1, String(i)))
    const answers = await Promise.all(sent.map((one) => node.publishLane(one)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await node.query(lane.topic)).envelopes).toHaveLength(1)
  })

  test('never carries more than its units, however many ask at once', async () => {
    const lane = await openLane(10)
    const sent = Array.from({ length: 40 }, (_, i) => lane.next(i + 1, String(i)))
    const answers = await Promise.all(sent.map((one) => node.publishLane(one)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
    expect(answers.find(({ status }) => status !== 200)?.json.code).toBe('lane.used-up')
    expect(await stateOf(lane)).toMatchObject({ usedUnits: 10, usedEnvelopes: 10 })
  })

  test('costs a unit for each started 4 KiB', async () => {
    const lane = await openLane(3)
    expect((await node.publishLane(lane.next(1, 'x'.repeat(8193)))).status).toBe(200)
    expect((await node.publishLane(lane.next(2))).json.code).toBe('lane.used-up')
  })

  test('is all or nothing', async () => {
    const lane = await openLane()
    const forged = { ...lane.next(2), signature: new Uint8Array(64) }
    expect((await node.publishLane(lane.next(1), forged)).json.code).toBe('envelope.signature-invalid')
    expect((await node.query(lane.topic)).envelopes).toEqual([])
    expect(await stateOf(lane)).toMatchObject({ usedUnits: 0, counter: 0 })
    expect((await node.publishLane(lane.next(1))).status).toBe(200)
  })

  test('takes several lanes in one publish', async () => {
    const [one, other] = [await openLane(), await openLane()]
    expect((await node.publishLane(one.next(1), other.next(1), one.next(2))).json.receipts).toHaveLength(3)
  })

  test('streams what is ephemeral and keeps only its cost', async () => {
    const lane = await openLane(5, '/xmtp/0/mE-ephemeral/proto')
    const heard: string[] = []
    const stop = node.deps.bus.subscribe([lane.topic], ({ message }) => heard.push(Buffer.from(message).toString()))
    const { json } = await node.publishLane(lane.next(1, 'typing'))
    stop()
    expect(json.receipts[0].sequence).toBe('0')
    expect(heard).toEqual(['typing'])
    expect((await node.query(lane.topic)).envelopes).toEqual([])
    expect(await stateOf(lane)).toMatchObject({ usedUnits: 1 })
  })

  test.each<[string, (lane: Awaited<ReturnType<typeof openLane>>) => ReturnType<typeof laneEnvelope>, string]>([
    ['an unknown lane', (lane) => ({ ...lane.next(1), use: new Uint8Array(32) }), 'lane.unknown'],
    ['a use of 3 bytes', (lane) => ({ ...lane.next(1), use: new Uint8Array(3) }), 'lane.unknown'],
    ['another topic', (lane) => laneEnvelope(lane, 1, envelope('/xmtp/0/m-other/proto')), 'lane.not-this-lane'],
    [
      'a topic outside the grammar',
      (lane) => laneEnvelope(lane, 1, envelope('/xmtp/0/sealed/proto')),
      'topic.malformed',
    ],
    [
      'another holder',
      (lane) => laneEnvelope({ ...lane, seed: new Uint8Array(32).fill(200) }, 1, envelope(lane.topic)),
      'envelope.signature-invalid',
    ],
    ['another message', (lane) => ({ ...lane.next(1), envelope: envelope(lane.topic) }), 'envelope.signature-invalid'],
    ['another counter', (lane) => ({ ...lane.next(1), counter: 2 }), 'envelope.signature-invalid'],
    ['a message that is too long', (lane) => lane.next(1, 'x'.repeat(1_048_215)), 'envelope.too-large'],
  ])('refuses %s', async (_, make, code) => {
    const lane = await openLane()
    const { status, json } = await node.publishLane(make(lane))
    expect(json.code).toBe(code)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(await stateOf(lane)).toMatchObject({ usedUnits: 0, counter: 0 })
  })

  test('refuses no envelopes, and too many', async () => {
    const lane = await openLane()
    expect((await node.publishLane()).json.code).toBe('body.malformed')
    const many = Array.from({ length: 101 }, (_, i) => lane.next(i + 1))
    expect((await node.publishLane(...many)).json.code).toBe('body.malformed')
  })

  test('ends with the lane', async () => {
    let now = Date.now() / 1000
    const timed = await makeNode({}, { clock: () => now })
    const { holder, seed } = makeHolder(1)
    const topic = '/xmtp/0/m-timed/proto'
    const lane = { ...laneFields(topic, holder, { units: 9 }), seed }
    await timed.openLane(lane)
    const sent = laneEnvelope(lane, 1, envelope(topic))
    const first = await timed.publishLane(sent)
    now += 3900
    expect((await timed.publishLane(laneEnvelope(lane, 2, envelope(topic)))).json.code).toBe('lane.expired')
    expect((await timed.publishLane(sent)).json).toEqual(first.json)
    await timed.close()
  })
})

describe('lanes under any order of publishes', () => {
  test('the store and the answers agree', async () => {
    const step = fc.record({
      counter: fc.integer({ min: 1, max: 12 }),
      size: fc.constantFrom(1, 4096, 4097),
      text: fc.integer({ min: 0, max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 15 }), async (steps) => {
        const lane = await openLane(8)
        const answers = await Promise.all(
          steps.map(({ counter, size, text }) =>
            node.publishLane(lane.next(counter, String(text).padEnd(size), BigInt(counter * 10 + text))),
          ),
        )
        const accepted = new Set(
          answers.flatMap(({ status, json }) => (status === 200 ? [json.receipts[0].sequence] : [])),
        )
        const { envelopes } = await node.query(lane.topic)
        const state = await stateOf(lane)
        expect(envelopes).toHaveLength(accepted.size)
        expect(state).toMatchObject({ usedEnvelopes: accepted.size })
        expect(state?.usedUnits).toBeLessThanOrEqual(8)
        expect(node.deps.state.lanes.get(laneKey(lane.use))).toMatchObject({
          usedUnits: state?.usedUnits,
          counter: state?.counter,
        })
      }),
      { numRuns: 40 },
    )
  })
})

describe('when the store fails', () => {
  test('nothing is acknowledged, and what was lost is not remembered', async () => {
    const lane = await openLane()
    const { write } = node.deps.store
    Object.assign(node.deps.store, { write: () => Promise.reject(new Error('the disk is full')) })
    const failed = await Promise.all([1, 2, 3].map((counter) => node.publishLane(lane.next(counter))))
    const alice = await makeAccount(0x11)
    const refused = await node.publish(alice, envelope(lane.topic.replace('publish', 'token')))
    Object.assign(node.deps.store, { write })
    for (const { status, json } of failed)
      expect([status >= 500, JSON.stringify(json)]).toEqual([true, expect.not.stringContaining('disk')])
    expect(refused.json).toMatchObject({ code: 13 })
    expect((await node.publishLane(lane.next(1))).status).toBe(200)
    expect(await stateOf(lane)).toMatchObject({ usedUnits: 1, counter: 1 })
  })
})
