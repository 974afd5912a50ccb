import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodePage, digestEnvelope, type Envelope, encodeQuery, encodeV2Publish } from '../../../sdk/codec/index.ts'
import { toBase64 } from '../../../sdk/crypto/index.ts'
import { createToken } from '../../../sdk/identity/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import {
  envelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  type TestAccount,
  type TestNode,
} from '../../helpers/node.ts'

let node: TestNode
let alice: TestAccount
let bob: TestAccount
const everyone = parseRule('everyone')

beforeAll(async () => {
  node = await makeNode({ floor: everyone, defaultRule: everyone })
  alice = await makeAccount(0x11)
  bob = await makeAccount(0x22)
})
afterAll(() => node.close())

const topicOf = (name: string): string => `/xmtp/0/m-${name}/proto`
const ask = (body: unknown) => node.post('/message/v1/query', body)
const textOf = (one: { message: string }): string => Buffer.from(one.message, 'base64').toString()

describe('publish and query', () => {
  test('answers a publish with an empty object, and gives back what was published', async () => {
    const sent = envelope(topicOf('simple'), 'hello', 2n ** 64n - 1n)
    const answer = await node.publish(alice, sent)
    expect([answer.status, answer.json]).toEqual([200, {}])
    expect(await node.query(sent.contentTopic)).toEqual({
      envelopes: [
        { contentTopic: sent.contentTopic, timestampNs: '18446744073709551615', message: toBase64(sent.message) },
      ],
      pagingInfo: { limit: 0, cursor: null, direction: 'SORT_DIRECTION_UNSPECIFIED' },
    })
  })

  test('reads JSON whatever the body calls itself', async () => {
    const body = JSON.stringify({ contentTopics: [topicOf('simple')] })
    for (const type of [
      'application/json',
      'text/plain;charset=UTF-8',
      'application/x-www-form-urlencoded',
      'nonsense',
      '',
    ]) {
      const { status, json } = await node.post('/message/v1/query', body, { 'content-type': type })
      expect([type, status, json.envelopes?.length]).toEqual([type, 200, 1])
    }
  })

  test('sorts newest first unless asked otherwise, ties by digest', async () => {
    const topic = topicOf('sorted')
    const sent = ['a', 'b', 'c', 'd'].map((text, i) => envelope(topic, text, BigInt(10 + Math.floor(i / 2))))
    await node.publish(alice, ...sent)
    const order = (one: Envelope, other: Envelope): number =>
      Number(one.timestampNs - other.timestampNs) || Buffer.compare(digestEnvelope(one), digestEnvelope(other))
    const expected = [...sent].sort(order).map(({ message }) => Buffer.from(message).toString())
    const ascending = await ask({ contentTopics: [topic], pagingInfo: { direction: 'SORT_DIRECTION_ASCENDING' } })
    expect(ascending.json.envelopes.map(textOf)).toEqual(expected)
    expect(ascending.json.pagingInfo.direction).toBe('SORT_DIRECTION_ASCENDING')
    expect((await ask({ contentTopics: [topic] })).json.envelopes.map(textOf)).toEqual(expected.reverse())
  })

  test('pages with cursors, strictly after the last row', async () => {
    const topic = topicOf('paged')
    await node.publish(alice, ...Array.from({ length: 7 }, (_, i) => envelope(topic, String(i), BigInt(i))))
    const paging = { limit: 3, direction: 'SORT_DIRECTION_ASCENDING' }
    const first = (await ask({ contentTopics: [topic], pagingInfo: paging })).json
    expect(first.envelopes.map(textOf)).toEqual(['0', '1', '2'])
    expect(first.pagingInfo).toEqual({
      limit: 3,
      cursor: { index: { digest: toBase64(digestEnvelope(envelope(topic, '2'))), senderTimeNs: '2' } },
      direction: 'SORT_DIRECTION_ASCENDING',
    })
    const rest = async (cursor: unknown) =>
      (await ask({ contentTopics: [topic], pagingInfo: { ...paging, cursor } })).json
    const second = await rest(first.pagingInfo.cursor)
    expect(second.envelopes.map(textOf)).toEqual(['3', '4', '5'])
    const third = await rest(second.pagingInfo.cursor)
    expect(third.envelopes.map(textOf)).toEqual(['6'])
    expect(third.pagingInfo).toMatchObject({ cursor: null, limit: 0 })
  })

  test('answers 100 rows where no limit is given, and refuses more', async () => {
    const topic = topicOf('many')
    await node.publish(alice, ...Array.from({ length: 120 }, (_, i) => envelope(topic, String(i), BigInt(i))))
    const { json } = await ask({ contentTopics: [topic] })
    expect(json.envelopes).toHaveLength(100)
    expect(json.pagingInfo.limit).toBe(100)
    const refused = await ask({ contentTopics: [topic], pagingInfo: { limit: 101 } })
    expect([refused.status, refused.json.code]).toEqual([400, 3])
    const preferences = `/xmtp/0/userpreferences-${'a'.repeat(43)}/proto`
    expect((await ask({ contentTopics: [preferences], pagingInfo: { limit: 500 } })).status).toBe(200)
    expect((await ask({ contentTopics: [preferences], pagingInfo: { limit: 501 } })).status).toBe(400)
    expect((await ask({ contentTopics: [preferences, topic], pagingInfo: { limit: 500 } })).status).toBe(400)
  })

  test('includes both ends of a range of times', async () => {
    const { json } = await ask({ contentTopics: [topicOf('paged')], startTimeNs: '2', endTimeNs: '4' })
    expect(json.envelopes.map(textOf)).toEqual(['4', '3', '2'])
  })

  test('merges several topics into one order', async () => {
    const topics = [topicOf('merge1'), topicOf('merge2')]
    await node.publish(alice, ...[0, 1, 2, 3].map((i) => envelope(topics[i % 2] ?? '', String(i), BigInt(i))))
    expect((await ask({ contentTopics: [...topics, ...topics] })).json.envelopes.map(textOf)).toEqual([
      '3',
      '2',
      '1',
      '0',
    ])
  })

  test('answers a batch in its order, empty topics and all', async () => {
    const requests = ['paged', 'nothing', 'merge1'].map((name) => ({ contentTopics: [topicOf(name)] }))
    const { json } = await node.post('/message/v1/batch-query', { requests })
    expect(json.responses.map(({ envelopes }: { envelopes: unknown[] }) => envelopes.length)).toEqual([7, 0, 2])
    expect((await node.post('/message/v1/batch-query', { requests: [] })).json).toEqual({ responses: [] })
  })

  test('refuses a batch with one bad query, or with more than 50', async () => {
    const good = { contentTopics: [topicOf('paged')] }
    for (const requests of [[good, { contentTopics: [] }], Array(51).fill(good)]) {
      const { status, json } = await node.post('/message/v1/batch-query', { requests })
      expect([status, json.code]).toEqual([400, 3])
    }
  })

  test('a batch is as large as one page: what does not fit is on the next', async () => {
    const topics = ['batch1', 'batch2'].map(topicOf)
    for (const topic of topics) {
      const sent = Array.from({ length: 10 }, (_, i) => envelope(topic, new Uint8Array(65_000).fill(i)))
      expect((await node.publish(alice, ...sent)).status).toBe(200)
    }
    const { json } = await node.post('/message/v1/batch-query', {
      requests: topics.map((topic) => ({ contentTopics: [topic] })),
    })
    const [first, second] = json.responses
    expect([first.envelopes.length, first.pagingInfo.cursor]).toEqual([10, null])
    expect([second.envelopes.length, second.pagingInfo.limit]).toEqual([6, 100])
    const rest = await ask({ contentTopics: [topics[1]], pagingInfo: { cursor: second.pagingInfo.cursor } })
    expect(rest.json.envelopes).toHaveLength(4)
  })

  test('acknowledges an identical envelope and stores it once; the same message at another time is another', async () => {
    const sent = envelope(topicOf('twice'))
    for (const one of [sent, sent, { ...sent, timestampNs: sent.timestampNs + 1n }]) {
      expect((await node.publish(alice, one)).status).toBe(200)
    }
    expect((await node.query(sent.contentTopic)).envelopes).toHaveLength(2)
  })

  test('a publish is all or nothing', async () => {
    const good = envelope(topicOf('atomic'))
    const bad = envelope(`/xmtp/0/contact-${bob.address}/proto`)
    expect((await node.publish(alice, good, bad)).status).toBe(403)
    expect((await node.query(good.contentTopic)).envelopes).toEqual([])
  })

  test('never stores what is ephemeral', async () => {
    const sent = envelope(`/xmtp/0/mE-simple/proto`)
    expect((await node.publish(alice, sent)).status).toBe(200)
    expect((await node.query(sent.contentTopic)).envelopes).toEqual([])
  })

  test('keeps messages of the greatest size, ten in one publish', async () => {
    const topic = topicOf('greatest')
    const sent = Array.from({ length: 10 }, (_, i) => envelope(topic, new Uint8Array(1_048_214).fill(i)))
    expect((await node.publish(alice, ...sent)).status).toBe(200)
    const envelopes: { message: string }[] = []
    let cursor: object | null | undefined
    do {
      const { json } = await ask({ contentTopics: [topic], pagingInfo: { cursor } })
      expect(json.envelopes).toHaveLength(1) // a page has a MiB, or one envelope
      envelopes.push(...json.envelopes)
      cursor = json.pagingInfo.cursor
    } while (cursor)
    expect(envelopes).toHaveLength(10)
    expect(Buffer.from(envelopes[9]?.message ?? '', 'base64').equals(Buffer.from(sent[0]?.message ?? []))).toBe(true)
    expect((await node.publish(alice, envelope(topic, new Uint8Array(1_048_215)))).json).toMatchObject({ code: 3 })
  })
})

describe('binary protobuf', () => {
  const binary = { 'content-type': 'application/x-protobuf' }

  test('publishes and queries the same messages', async () => {
    const sent = envelope(topicOf('binary'), 'bytes', 2n ** 63n)
    const authorization = `Bearer ${alice.token}`
    const published = await node.post('/message/v1/publish', encodeV2Publish([sent]), { ...binary, authorization })
    expect([published.status, published.bytes.length]).toEqual([200, 0])
    const query = {
      contentTopics: [sent.contentTopic],
      startTimeNs: 0n,
      endTimeNs: 0n,
      limit: 1,
      direction: 'ascending' as const,
      cursor: undefined,
    }
    const answer = await node.post('/message/v1/query', encodeQuery(query), binary)
    expect(answer.headers['content-type']).toBe('application/x-protobuf')
    const page = decodePage(answer.bytes)
    expect(page.envelopes[0]).toMatchObject({ contentTopic: sent.contentTopic, timestampNs: 2n ** 63n })
    expect(page.cursor?.senderTimeNs).toBe(2n ** 63n)
    const next = await node.post('/message/v1/query', encodeQuery({ ...query, cursor: page.cursor }), binary)
    expect(decodePage(next.bytes).envelopes).toEqual([])
  })

  test('answers in the form that is accepted', async () => {
    const json = JSON.stringify({ contentTopics: [topicOf('binary')] })
    const answer = await node.post('/message/v1/query', json, { accept: 'application/x-protobuf' })
    expect(decodePage(answer.bytes).envelopes).toHaveLength(1)
  })

  test('refuses bytes that are none with code 3, in JSON', async () => {
    const { status, json } = await node.post('/message/v1/query', Uint8Array.of(0xff, 0xff), binary)
    expect([status, json.code]).toEqual([400, 3])
  })
})

describe('tokens', () => {
  const publish = (authorization?: string) =>
    node.post('/message/v1/publish', { envelopes: [] }, authorization === undefined ? {} : { authorization })

  test.each<[string, () => string | undefined]>([
    ['is missing', () => undefined],
    ['is empty', () => ''],
    ['has another scheme', () => `Basic ${alice.token}`],
    ['has a scheme in lower case', () => `bearer ${alice.token}`],
    ['is not base64', () => 'Bearer @@@'],
    ['is not a token', () => `Bearer ${toBase64(new Uint8Array(40).fill(9))}`],
    ['was tampered with', () => `Bearer ${alice.token.slice(0, -8)}AAAAAAA=`],
    [
      'is older than an hour',
      () => `Bearer ${createToken(alice.identity, BigInt(Date.now() - 3_700_000) * 1_000_000n)}`,
    ],
    ['is endless', () => `Bearer ${'A'.repeat(9000)}`],
  ])('refuses one that %s with 401 and code 16', async (_, header) => {
    const { status, json } = await publish(header())
    expect([status, json.code]).toEqual([401, 16])
    expect(json.details).toEqual([expect.objectContaining({ reason: expect.stringMatching(/^token\./) })])
  })

  test('is not needed to read', async () => {
    const headers = { authorization: 'Bearer nonsense' }
    expect((await node.post('/message/v1/query', { contentTopics: [topicOf('simple')] }, headers)).status).toBe(200)
  })

  test('an old token is refused even when it was seen before', async () => {
    let now = Date.now() / 1000
    const old = await makeNode({ floor: everyone, defaultRule: everyone }, { clock: () => now })
    const carol = await makeAccount(0x33, now)
    expect((await old.publish(carol, envelope(topicOf('old')))).status).toBe(200)
    now += 3599
    expect((await old.publish(carol, envelope(topicOf('old')))).status).toBe(200)
    now += 2
    expect((await old.publish(carol, envelope(topicOf('old')))).json).toMatchObject({ code: 16 })
    await old.close()
  })
})

describe('topics of an owner', () => {
  test.each(['contact-OWNER', 'privatestore-OWNER/key_bundle', 'policy-OWNER'])(
    'only the owner publishes on %s',
    async (name) => {
      const topic = (owner: string): string => `/xmtp/0/${name.replace('OWNER', owner)}/proto`
      for (const owner of [bob.address, alice.address.toLowerCase(), '', 'x']) {
        const { status, json } = await node.publish(alice, envelope(topic(owner)))
        expect([owner, status, json]).toMatchObject([
          owner,
          403,
          { code: 7, message: 'publishing to restricted topic' },
        ])
      }
    },
  )

  test('the owner publishes on contact and privatestore', async () => {
    for (const name of [`contact-${alice.address}`, `privatestore-${alice.address}/key_bundle`]) {
      expect((await node.publish(alice, envelope(`/xmtp/0/${name}/proto`))).status).toBe(200)
    }
  })

  test.each([
    '',
    '/xmtp/0/m-/proto',
    '/xmtp/1/m-x/proto',
    '/xmtp/0/SEALED-x/proto',
    'a topic',
    '/xmtp/0/m-x/proto/',
    `/xmtp/0/m-${'x'.repeat(300)}/proto`,
  ])('a topic outside the grammar is refused: %s', async (topic) => {
    expect((await node.publish(alice, envelope(topic))).json).toMatchObject({ code: 3 })
  })
})

test.each(['foo', '/xmtp/0/foo/proto', '/waku/0/m-x/proto', 'x'.repeat(300)])(
  'any other topic is stored and read, as V2 nodes do: %#',
  async (topic) => {
    const sent = envelope(topic)
    expect((await node.publish(alice, sent)).status).toBe(200)
    expect((await node.query(topic)).envelopes).toMatchObject([{ contentTopic: topic }])
    const lane = laneFields(topic, makeHolder(9).holder)
    expect((await node.openLane(lane)).json.code).toBe('lane.topic-open')
  },
)

describe('HTTP', () => {
  test('unknown paths are 404 with code 5, wrong methods code 12', async () => {
    expect((await node.post('/message/v1/nothing', {})).json).toMatchObject({ code: 5 })
    const wrong = await node.app.inject({ method: 'GET', url: '/message/v1/publish' })
    expect([wrong.statusCode, wrong.json().code]).toEqual([405, 12])
  })

  test('lets browsers in', async () => {
    const preflight = await node.app.inject({
      method: 'OPTIONS',
      url: '/message/v1/publish',
      headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
    })
    expect(preflight.statusCode).toBe(204)
    expect(preflight.headers['access-control-allow-origin']).toBe('*')
    expect(preflight.headers['access-control-allow-headers']).toBe(
      'Content-Type,Accept,Authorization,X-Client-Version,X-App-Version,Baggage,DNT,Sec-CH-UA*,Sentry-Trace,User-Agent',
    )
    expect(preflight.headers['access-control-allow-methods']).toMatch(/GET, ?HEAD, ?POST, ?PUT, ?PATCH, ?DELETE/)
    expect((await ask({ contentTopics: ['x'] })).headers['access-control-allow-origin']).toBe('*')
    expect((await node.post('/message/v1/nothing', {})).headers['access-control-allow-origin']).toBe('*')
  })

  test('compresses queries only', async () => {
    const gzip = { 'accept-encoding': 'gzip, deflate' }
    const query = { contentTopics: [topicOf('many')] }
    const answer = await node.post('/message/v1/query', query, gzip)
    expect(answer.headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(answer.bytes).toString()).envelopes).toHaveLength(100)
    expect((await node.post('/message/v1/batch-query', { requests: [query] }, gzip)).headers['content-encoding']).toBe(
      'gzip',
    )
    const published = await node.post(
      '/message/v1/publish',
      { envelopes: [] },
      { ...gzip, authorization: `Bearer ${alice.token}` },
    )
    expect(published.headers['content-encoding']).toBeUndefined()
  })

  test('says what it is and how it is', async () => {
    const get = (url: string) => node.app.inject({ method: 'GET', url })
    expect((await get('/healthz')).json()).toMatchObject({ status: 'ok', provers: [] })
    expect((await get('/v1/info')).json()).toMatchObject({
      floor: 'everyone',
      defaultRule: 'everyone',
      verifier: 'mcl',
    })
    expect((await get('/metrics')).payload).toMatch(/pennypost_envelopes_published_total [1-9]/)
  })
})
