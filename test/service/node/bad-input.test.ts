import { once } from 'node:events'
import { connect } from 'node:net'
import { fc, test as prop } from '@fast-check/vitest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeLaneRequest, encodeV2Publish, envelopeToJson, ownedTopic } from '../../../sdk/codec/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import {
  envelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  type TestAccount,
  type TestNode,
  ticketEvidence,
} from '../../helpers/node.ts'

const everyone = parseRule('everyone')
let node: TestNode
let alice: TestAccount
let authorization: string

beforeAll(async () => {
  node = await makeNode({ floor: everyone, defaultRule: everyone })
  alice = await makeAccount(0x11)
  authorization = `Bearer ${alice.token}`
})
afterAll(async () => {
  expect(node.deps.store.position()).toBe(position) // of all this, one lane was stored
  await node.close()
})

let position = 0n
const posts = [
  '/message/v1/publish',
  '/message/v1/query',
  '/message/v1/batch-query',
  '/message/v1/subscribe',
  '/v1/lanes',
  '/v1/publish',
  '/v1/topics/close',
  '/v1/subscribe',
] as const
const topic = '/xmtp/0/m-bad/proto'
const good = envelopeToJson(envelope(topic))

const coded = expect.objectContaining({ reason: expect.stringMatching(/^[a-z]+\.[a-z-]+$/) })

/** A clear refusal in the form of its path: a status of the caller's, and a code. */
async function expectRefused(path: string, body: unknown, headers: Record<string, string> = {}) {
  const { status, json } = await node.post(path, body, { authorization, ...headers })
  const shown = JSON.stringify(body)?.slice(0, 80)
  expect([path, shown, status >= 400 && status < 500]).toEqual([path, shown, true])
  if (path.startsWith('/v1/')) expect(json).toMatchObject({ status, code: expect.stringMatching(/^[a-z]+\.[a-z-]+$/) })
  else expect(json).toEqual({ code: expect.any(Number), message: expect.any(String), details: [coded] })
  return { status, json }
}

describe('bodies that are none', () => {
  test.each(posts)('%s', async (path) => {
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '"text"',
      '7',
      '{"a":',
      Buffer.from([0xff, 0xfe, 0x00]),
      '\u0000',
      '['.repeat(100_000),
    ]) {
      await expectRefused(path, body)
    }
    await expectRefused(path, Buffer.alloc(15_000_000, 0x20))
  })

  test('a body without end is refused, and its connection closed', async () => {
    const url = new URL(await node.app.listen({ port: 0, host: '127.0.0.1' }))
    const socket = connect(Number(url.port), url.hostname)
    const answer: Buffer[] = []
    socket.on('data', (chunk) => answer.push(chunk)).on('error', () => undefined)
    socket.write('POST /message/v1/query HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n')
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    let sent = 0
    while (!socket.destroyed && !socket.writableEnded && sent < 200_000_000) {
      sent += chunk.length
      if (!socket.write(chunk))
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
    }
    expect(sent).toBeLessThan(60_000_000)
    expect(Buffer.concat(answer).toString()).toMatch(/^(HTTP\/1.1 413 |$)/) // it may be lost with the connection
    await expect.poll(() => socket.destroyed).toBe(true)
    expect((await fetch(new URL('/healthz', url))).status).toBe(200)
  })
})

describe('envelopes that are none', () => {
  test.each<[string, unknown]>([
    ['no envelope', { envelopes: [null] }],
    ['a text', { envelopes: 'text' }],
    ['a list of texts', { envelopes: ['text'] }],
    ['a topic that is a number', { envelopes: [{ ...good, contentTopic: 7 }] }],
    ['a topic with a NUL', { envelopes: [{ ...good, contentTopic: '/xmtp/0/m-a\u0000b/proto' }] }],
    ['a topic with half a surrogate pair', { envelopes: [{ ...good, contentTopic: '/xmtp/0/m-\ud800/proto' }] }],
    ['a topic of 301 bytes', { envelopes: [{ ...good, contentTopic: `/xmtp/0/m-${'x'.repeat(285)}/proto` }] }],
    ['no topic', { envelopes: [{ message: 'aGk=', timestampNs: '1' }] }],
    ['a negative time', { envelopes: [{ ...good, timestampNs: '-1' }] }],
    ['a time of 65 bits', { envelopes: [{ ...good, timestampNs: '18446744073709551616' }] }],
    ['a time with a fraction', { envelopes: [{ ...good, timestampNs: 1.5 }] }],
    ['a time that no number holds', { envelopes: [{ ...good, timestampNs: 1e30 }] }],
    ['a time in hex', { envelopes: [{ ...good, timestampNs: '0x1' }] }],
    ['a time of a thousand digits', { envelopes: [{ ...good, timestampNs: '9'.repeat(1000) }] }],
    ['a message that is no base64', { envelopes: [{ ...good, message: '!!!!' }] }],
    ['a message in the alphabet of URLs', { envelopes: [{ ...good, message: '_-__' }] }],
    ['a message without padding', { envelopes: [{ ...good, message: 'aGk' }] }],
    ['a message that is a number', { envelopes: [{ ...good, message: 7 }] }],
    ['a message that is too long', { envelopes: [{ ...good, message: Buffer.alloc(1_048_215).toString('base64') }] }],
    ['too many envelopes', { envelopes: Array(1001).fill(good) }],
    ['a good one among bad ones', { envelopes: [good, { ...good, contentTopic: '/xmtp/0/sealed/proto' }] }],
  ])('%s is refused with code 3', async (_, body) => {
    const { status, json } = await expectRefused('/message/v1/publish', body)
    expect([status, json.code]).toEqual([400, 3])
  })
})

describe('queries that are none', () => {
  const query = { contentTopics: [topic] }
  test.each<[string, unknown]>([
    ['no topics', {}],
    ['an empty list', { contentTopics: [] }],
    ['a topic that is none', { contentTopics: [7] }],
    ['a topic with a NUL', { contentTopics: ['a\u0000b'] }],
    ['a topic with half a surrogate pair', { contentTopics: ['\udfff'] }],
    ['a negative limit', { ...query, pagingInfo: { limit: -1 } }],
    ['a limit with a fraction', { ...query, pagingInfo: { limit: 1.5 } }],
    ['a limit of 33 bits', { ...query, pagingInfo: { limit: 2 ** 32 } }],
    ['a limit beyond the page', { ...query, pagingInfo: { limit: 4_000_000_000 } }],
    ['a direction that is none', { ...query, pagingInfo: { direction: 'SIDEWAYS' } }],
    ['a direction of the prototype', { ...query, pagingInfo: { direction: 'constructor' } }],
    ['paging that is a list', { ...query, pagingInfo: [] }],
    ['a cursor that is a text', { ...query, pagingInfo: { cursor: 'x' } }],
    [
      'a cursor with an endless digest',
      { ...query, pagingInfo: { cursor: { index: { digest: Buffer.alloc(65).toString('base64') } } } },
    ],
    ['a cursor with a negative time', { ...query, pagingInfo: { cursor: { index: { senderTimeNs: '-5' } } } }],
    ['a start of 65 bits', { ...query, startTimeNs: '99999999999999999999' }],
    ['10,001 topics', { contentTopics: Array.from({ length: 10_001 }, (_, i) => `t${i}`) }],
  ])('%s is refused with code 3', async (_, body) => {
    expect((await expectRefused('/message/v1/query', body)).json.code).toBe(3)
    expect((await expectRefused('/message/v1/batch-query', { requests: [body] })).json.code).toBe(3)
  })
})

test('a batch asks for no more topics than one query may', async () => {
  const contentTopics = Array.from({ length: 300 }, (_, i) => `t${i}`)
  const requests = Array.from({ length: 40 }, () => ({ contentTopics }))
  expect((await expectRefused('/message/v1/batch-query', { requests })).json.code).toBe(3)
})

describe('lane requests that are none', () => {
  const lane = () => laneFields(ownedTopic('sealed', alice.address), makeHolder(1).holder)
  const ask = (fields: object) => encodeLaneRequest({ ...lane(), ...fields } as Parameters<typeof encodeLaneRequest>[0])
  const binary = { 'content-type': 'application/x-protobuf' }

  test.each<[string, () => Uint8Array]>([
    ['no holder', () => ask({ holder: new Uint8Array() })],
    ['no units', () => ask({ units: 0 })],
    ['all units there are', () => ask({ units: 0xffffffff })],
    ['an end in the far future', () => ask({ expiresAt: 2n ** 64n - 1n })],
    ['an end of zero', () => ask({ expiresAt: 0n })],
    ['a version from nowhere', () => ask({ policyVersion: 2n ** 64n - 1n })],
    ['evidence for no condition', () => ask({ evidence: [ticketEvidence(4_000_000_000, 1)] })],
    ['evidence of no kind', () => ask({ evidence: [{ condition: 1 }] })],
    ['a thousand pieces', () => ask({ evidence: Array.from({ length: 1000 }, (_, i) => ticketEvidence(i, i)) })],
    ['a ticket of nothing', () => ask({ evidence: [{ condition: 2, kind: { case: 'ticket', value: {} } }] })],
    [
      'a nullifier of a megabyte',
      () =>
        ask({
          evidence: [{ condition: 2, kind: { case: 'ticket', value: { nullifier: new Uint8Array(1_000_000) } } }],
        }),
    ],
    ['a connection of nothing', () => ask({ evidence: [{ condition: 1, kind: { case: 'connection', value: {} } }] })],
    ['a renewal from nowhere', () => ask({ topic, renewal: { use: new Uint8Array(1), signature: new Uint8Array(1) } })],
  ])('%s is refused', async (name, make) => {
    if (name === 'a renewal from nowhere') {
      const { holder } = makeHolder(9)
      await node.openLane(laneFields(topic, holder))
    }
    await expectRefused('/v1/lanes', make(), binary)
  })
})

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.json().map((text) => Buffer.from(text)),
  fc
    .object({
      key: fc.constantFrom(
        'contentTopics',
        'envelopes',
        'pagingInfo',
        'topic',
        'requests',
        'use',
        'holder',
        'evidence',
      ),
      maxDepth: 3,
    })
    .map((value) => Buffer.from(JSON.stringify(value))),
)

describe('noise', () => {
  prop.prop([fc.constantFrom(...posts), noise, fc.boolean()], { numRuns: 400 })(
    'is refused or means nothing, on every path',
    async (path, body, isBinary) => {
      const isStream = path.endsWith('subscribe')
      const type = isBinary ? 'application/x-protobuf' : 'text/plain'
      const isRead = isBinary && path !== '/v1/subscribe' // which takes JSON, whatever the type says
      if (isStream && meansSomething(body, isRead)) return
      const { status, json } = await node.post(path, body, { authorization, 'content-type': type })
      expect(status).toBeLessThan(500)
      if (status >= 400) expect(json.code).toBeDefined()
    },
  )

  prop.prop([fc.uint8Array({ minLength: 1, maxLength: 400 })], { numRuns: 200 })('is no token', async (bytes) => {
    const answer = await node.post(
      '/message/v1/publish',
      { envelopes: [] },
      { authorization: `Bearer ${Buffer.from(bytes).toString('base64')}` },
    )
    expect([answer.status, answer.json.code]).toEqual([401, 16])
  })

  prop.prop([fc.uint8Array({ maxLength: 400 })], { numRuns: 200 })('is no policy', async (bytes) => {
    const answer = await node.publish(alice, envelope(ownedTopic('policy', alice.address), bytes))
    expect([answer.status, answer.json.code]).toEqual([400, 3])
  })

  prop.prop([fc.nat(), fc.nat(255)], { numRuns: 200 })(
    'in one byte of a lane request never opens its lane',
    async (at, by) => {
      const lane = laneFields(ownedTopic('sealed', alice.address), makeHolder(1).holder, { units: 1 })
      const body = encodeLaneRequest({ ...lane, evidence: [ticketEvidence(2, 7)] })
      body[at % body.length]! ^= by
      const { status } = await node.post('/v1/lanes', body, { 'content-type': 'application/x-protobuf' })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    },
  )
})

/** Whether a stream would open: `inject` waits for its end. */
function meansSomething(body: Uint8Array, isBinary: boolean): boolean {
  if (isBinary) return body.length > 0 && body[0] === 0x0a
  try {
    return Array.isArray(JSON.parse(Buffer.from(body).toString())?.contentTopics)
  } catch {
    return false
  }
}

describe('afterwards', () => {
  test('the node works as before', async () => {
    expect((await node.publish(alice, envelope('/xmtp/0/m-after/proto'))).status).toBe(200)
    const sent = [envelope('/xmtp/0/m-after/proto')]
    const binary = await node.post('/message/v1/publish', encodeV2Publish(sent), {
      authorization,
      'content-type': 'application/x-protobuf',
    })
    expect(binary.status).toBe(200)
    expect((await node.query('/xmtp/0/m-after/proto')).envelopes).toHaveLength(2)
    expect((await node.query(topic)).envelopes).toEqual([])
    position = 3n
  })
})
