import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  encodeLaneRequest,
  encodePage,
  encodePublishResponse,
  encodeSignedGrant,
  messageTopic,
  ownedTopic,
} from '../../../sdk/codec/index.ts'
import { toBase64, utf8 } from '../../../sdk/crypto/index.ts'
import { createToken } from '../../../sdk/identity/index.ts'
import {
  type AnonymousNode,
  createAnonymousNode,
  createNamedNode,
  NodeRefusedError,
  NodeResponseError,
  NodeUnavailableError,
} from '../../../sdk/transport/index.ts'
import { keyringOf } from '../../helpers/accounts.ts'
import { type MemoryNode, startMemoryNode } from '../../helpers/memory-node.ts'

const envelope = (contentTopic: string, timestampNs: bigint) => ({
  contentTopic,
  timestampNs,
  message: utf8(`at ${timestampNs}`),
})

let memory: MemoryNode
let node: AnonymousNode
beforeAll(async () => {
  memory = await startMemoryNode()
  node = createAnonymousNode({ url: `${memory.url}/` })
})
afterAll(() => memory.close())

const named = (token: string) => createNamedNode({ url: `${memory.url}/`, token: () => token })

describe('publish', () => {
  test('stores what a token allows', async () => {
    const { identity } = await keyringOf(0x31)
    const token = createToken(identity, BigInt(Date.now()) * 1_000_000n)
    const sent = envelope(ownedTopic('contact', identity.address), 2n ** 63n)
    await named(token).publish([sent])
    expect(memory.envelopes(sent.contentTopic)).toMatchObject([sent])
  })

  test('says why it was refused, in the words and the code of the node', async () => {
    const { identity } = await keyringOf(0x32)
    const token = createToken(identity, BigInt(Date.now()) * 1_000_000n)
    const others = envelope(ownedTopic('contact', `0x${'00'.repeat(20)}`), 1n)
    const refusal = {
      code: 'node.refused',
      message: 'The node says: “publishing to restricted topic”',
      problem: { status: 403, reason: 7, grpc: 7 },
    }
    await expect(named(token).publish([others])).rejects.toMatchObject(refusal)
    await expect(named('x').publish([others])).rejects.toMatchObject({ problem: { status: 401, grpc: 16 } })
  })
})

describe('query', () => {
  const topic = messageTopic('pages')
  beforeAll(() => {
    for (let i = 1n; i <= 25n; i++) memory.publish(envelope(topic, i))
  })

  test.each([
    ['ascending', Array.from({ length: 25 }, (_, i) => BigInt(i + 1))],
    ['descending', Array.from({ length: 25 }, (_, i) => BigInt(25 - i))],
  ] as const)('walks all pages, %s', async (direction, expected) => {
    const pages = await Array.fromAsync(node.query({ contentTopics: [topic], limit: 10, direction }))
    expect(pages.map(({ envelopes }) => envelopes.length)).toEqual([10, 10, 5])
    expect(pages.flatMap(({ envelopes }) => envelopes.map(({ timestampNs }) => timestampNs))).toEqual(expected)
  })

  test('ends on an empty page where the last one was full', async () => {
    const pages = await Array.fromAsync(node.query({ contentTopics: [topic], limit: 5 }))
    expect(pages.map(({ envelopes }) => envelopes.length)).toEqual([5, 5, 5, 5, 5])
  })

  test('keeps to the bounds of time', async () => {
    const page = await node.queryPage({ contentTopics: [topic], startTimeNs: 3n, endTimeNs: 5n })
    expect(page.envelopes.map(({ timestampNs }) => timestampNs)).toEqual([3n, 4n, 5n])
  })

  test('shows the token where a topic is for its owner', async () => {
    await named('abc').queryPage({ contentTopics: [topic] })
    expect(memory.requests.at(-1)!.headers.authorization).toBe('Bearer abc')
  })

  test('reads a page in protobuf where the node answers it', async () => {
    const page = {
      envelopes: [envelope(topic, 7n)],
      limit: 1,
      direction: 'ascending' as const,
      cursor: { digest: new Uint8Array(32).fill(7), senderTimeNs: 7n },
    }
    const binary = createAnonymousNode({
      url: memory.url,
      fetch: async (_, { headers }) => {
        expect(headers).toMatchObject({ accept: expect.stringContaining('application/x-protobuf') })
        return new Response(encodePage(page) as BodyInit, { headers: { 'content-type': 'application/x-protobuf' } })
      },
    })
    expect(await binary.queryPage({ contentTopics: [topic] })).toMatchObject(page)
  })

  test('asks for JSON with a token, since only it has the tags of letters', async () => {
    await named('abc').queryPage({ contentTopics: [topic] })
    expect(memory.requests.at(-1)!.headers.accept).toBe('application/json')
  })

  test('asks for the next page before the last one is read, and hears of its failure only then', async () => {
    const asked: string[] = []
    const fetch = async (url: string, init: RequestInit) => {
      asked.push(String(init.body))
      return asked.length === 2 ? new Response('', { status: 500 }) : globalThis.fetch(url, init)
    }
    const pages = createAnonymousNode({ url: memory.url, fetch }).query({ contentTopics: [topic], limit: 10 })
    expect((await pages.next()).value?.envelopes).toHaveLength(10)
    expect(asked[1]).toContain('cursor')
    await expect(pages.next()).rejects.toThrow(NodeUnavailableError)
    expect(asked).toHaveLength(2)
  })

  test('splits a large batch and keeps its order', async () => {
    const before = memory.requests.length
    const requests = Array.from({ length: 120 }, (_, i) => ({
      contentTopics: [topic],
      startTimeNs: BigInt((i % 25) + 1),
      limit: 1,
    }))
    const pages = await node.batchQuery(requests)
    expect(pages.map(({ envelopes }) => envelopes[0]?.timestampNs)).toEqual(
      requests.map(({ startTimeNs }) => startTimeNs),
    )
    expect(memory.requests).toHaveLength(before + 8)
  })

  test.each<[string, string, string]>([
    ['no JSON', '/message/v1/query', 'hello'],
    ['an array of nothing', '/message/v1/query', '{"envelopes":{}}'],
    ['a bad time', '/message/v1/query', '{"envelopes":[{"timestampNs":"-1"}]}'],
    ['a bad cursor', '/message/v1/query', '{"pagingInfo":{"cursor":{"index":{"digest":1}}}}'],
  ])('refuses %s as an answer', async (_, path, body) => {
    memory.failNext(path, 200, body)
    await expect(node.queryPage({ contentTopics: [topic] })).rejects.toMatchObject({
      code: expect.stringMatching(/^(node\.response|envelope\.malformed)$/),
    })
  })

  test('refuses a batch with an answer too few', async () => {
    memory.failNext('/message/v1/batch-query', 200, '{"responses":[]}')
    await expect(node.batchQuery([{ contentTopics: [topic] }])).rejects.toThrow(NodeResponseError)
  })

  test('refuses a node that turns the same page for ever', async () => {
    const page = await node.queryPage({ contentTopics: [topic], limit: 1 })
    const body = JSON.stringify({
      envelopes: [{ contentTopic: topic, timestampNs: '1' }],
      pagingInfo: { cursor: { index: { digest: 'AA==', senderTimeNs: '1' } } },
    })
    expect(page.cursor).toBeDefined()
    memory.failNext('/message/v1/query', 200, body)
    memory.failNext('/message/v1/query', 200, body)
    await expect(Array.fromAsync(node.query({ contentTopics: [topic] }))).rejects.toThrow(NodeResponseError)
  })
})

describe('what may pass and what does not', () => {
  const query = { contentTopics: [messageTopic('x')] }

  test('a node that cannot be reached is unavailable', async () => {
    const gone = createAnonymousNode({ url: 'http://127.0.0.1:1' })
    await expect(gone.queryPage(query)).rejects.toThrow(NodeUnavailableError)
  })

  test.each([
    [0, '', NodeUnavailableError],
    [429, '{"code":8,"message":"slow down"}', NodeUnavailableError],
    [503, '', NodeUnavailableError],
    [400, '{"code":3,"message":"content topics required"}', NodeRefusedError],
    [404, '{"code":5,"message":"Not Found"}', NodeRefusedError],
    [501, '{"code":12,"message":"Not Implemented"}', NodeRefusedError],
  ])('a status of %i', async (status, body, expected) => {
    memory.failNext('/message/v1/query', status, body)
    await expect(node.queryPage(query)).rejects.toThrow(expected)
  })

  test('our nodes say their code before the text for stock clients', async () => {
    memory.failNext('/message/v1/query', 403, '{"code":7,"message":"policy.refused: A stamp is missing.","details":[]}')
    await expect(node.queryPage(query)).rejects.toMatchObject({
      message: 'The node says: “A stamp is missing.”',
      problem: { status: 403, reason: 'policy.refused', grpc: 7 },
    })
  })

  test('an overloaded node is quoted', async () => {
    memory.failNext('/message/v1/query', 429, '{"code":8,"message":"slow down"}')
    await expect(node.queryPage(query)).rejects.toMatchObject({
      problem: { status: 429, reason: 8, message: 'The node says: “slow down”' },
    })
  })

  test("an aborted request throws the signal's reason", async () => {
    const reason = new Error('changed my mind')
    await expect(node.queryPage(query, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  test('requests carry nothing of another request', async () => {
    await named('abc').queryPage(query)
    await node.queryPage(query)
    const { headers } = memory.requests.at(-1)!
    expect(headers).toMatchObject({ 'content-type': 'application/json' })
    expect(headers.authorization).toBeUndefined()
    expect(headers.cookie).toBeUndefined()
  })
})

describe('lanes', () => {
  const request = { topic: messageTopic('lane'), holder: new Uint8Array(32).fill(1), units: 3, expiresAt: 99n }
  const refusal = {
    type: 'about:blank',
    title: 'Refused',
    status: 402,
    code: 'policy.refused',
    detail: 'A stamp is missing.',
    missing: [
      { index: 0, condition: 'stamp 1', explanation: 'one stamp', price: '1.05' },
      { condition: 'stamp 2', price: '3' },
      { condition: 'request', price: 'much' },
      'nonsense',
    ],
  }

  test('open with a grant', async () => {
    const grant = { grant: utf8('grant'), node: new Uint8Array(32), signature: new Uint8Array(64) }
    memory.failNext('/v1/lanes', 200, encodeSignedGrant(grant))
    expect(await node.openLane(request)).toMatchObject({ ok: true, grant })
    const { bytes, headers } = memory.requests.at(-1)!
    expect(new Uint8Array(bytes)).toEqual(encodeLaneRequest(request))
    expect(headers).toMatchObject({ 'content-type': 'application/x-protobuf', accept: 'application/x-protobuf' })
    expect(headers.authorization).toBeUndefined()
  })

  test('are refused with what is missing; what the node says of prices is left out', async () => {
    memory.failNext('/v1/lanes', 402, JSON.stringify(refusal))
    expect(await node.openLane(request)).toEqual({
      ok: false,
      status: 402,
      code: 'policy.refused',
      message: 'The node says: “A stamp is missing.”',
      missing: [{ condition: 'stamp 1', explanation: 'one stamp' }, { condition: 'stamp 2' }, { condition: 'request' }],
    })
  })

  test('publish for receipts, or are refused', async () => {
    const receipts = [{ digest: new Uint8Array(32), sequence: 7n, signature: new Uint8Array(64) }]
    memory.failNext('/v1/publish', 200, encodePublishResponse({ receipts }))
    expect(await node.publishLane({ envelopes: [] })).toMatchObject({ ok: true, receipts })
    memory.failNext('/v1/publish', 403, '{"code":"lane.used-up","title":"The lane is used up."}')
    const answer = await node.publishLane({ envelopes: [] })
    expect(answer).toEqual({
      ok: false,
      status: 403,
      code: 'lane.used-up',
      message: 'The node says: “The lane is used up.”',
      missing: [],
    })
  })

  test('close their topic, or may not', async () => {
    const close = { topic: request.topic, use: new Uint8Array(32), signature: new Uint8Array(64) }
    memory.failNext('/v1/topics/close', 200, '{}')
    expect(await node.closeTopic(close)).toEqual({ ok: true })
    memory.failNext('/v1/topics/close', 403, '{"code":"topic.not-a-party"}')
    expect(await node.closeTopic(close)).toMatchObject({ ok: false, code: 'topic.not-a-party' })
  })

  test.each([
    [409, '{"code":"lane.not-home","home":"http://other"}', { code: 'lane.not-home' }],
    [429, '{"code":"request.bucket-full"}', { code: 'request.bucket-full', status: 429 }],
    [
      503,
      '{"code":"ticket.no-checkpoint","detail":"Wait."}',
      { code: 'ticket.no-checkpoint', message: 'The node says: “Wait.”' },
    ],
  ])('a %i with a code is an answer', async (status, body, expected) => {
    memory.failNext('/v1/lanes', status, body)
    expect(await node.openLane(request)).toMatchObject({ ok: false, ...expected })
  })

  test.each([
    ['a fault', 500, '{"code":"server.failed"}', NodeUnavailableError],
    ['a database that is down', 503, '{"code":"database.unavailable"}', NodeUnavailableError],
    ['a fault without a word', 502, '<html>', NodeUnavailableError],
    ['a refusal without a code', 400, '', NodeUnavailableError],
  ])('%s is an error', async (_, status, body, expected) => {
    memory.failNext('/v1/lanes', status, body)
    await expect(node.openLane(request)).rejects.toThrow(expected)
  })

  test('an answer that is no grant is an error', async () => {
    memory.failNext('/v1/lanes', 200, Uint8Array.of(0xff))
    await expect(node.openLane(request)).rejects.toMatchObject({ code: 'protobuf.malformed' })
  })
})

describe('info', () => {
  const description = {
    nodeKey: toBase64(new Uint8Array(32)),
    network: { name: 'pennypost-local', id: `0x${'07'.repeat(32)}` },
    floor: 'everyone',
    defaultRule: 'request or stamp 1',
    decimals: 6,
    requestBits: 20,
    checkpointSequence: '7',
    stampClasses: [{ number: 1, price: '0.05', unitsPerTicket: 16, laneTtl: 3600 }],
  }
  const answered = async (change: object) => {
    memory.failNext('/v1/info', 200, JSON.stringify({ ...description, ...change }))
    return node.info()
  }

  test('is what the node says of itself', async () => {
    const { stampClasses: _, ...known } = description
    expect(await answered({})).toEqual({
      ...known,
      nodeKey: new Uint8Array(32),
      network: { name: 'pennypost-local', id: new Uint8Array(32).fill(7) },
      checkpointSequence: 7n,
    })
    for (const checkpointSequence of [null, 7, 'soon']) {
      expect(await answered({ checkpointSequence })).toMatchObject({ checkpointSequence: undefined })
    }
  })

  test.each<[string, object]>([
    ['a key in hex', { nodeKey: '00'.repeat(32) }],
    ['an id of 31 bytes', { network: { name: 'x', id: '00'.repeat(31) } }],
    ['no network', { network: undefined }],
    ['a rule that is no text', { floor: 1 }],
    ['bits in words', { requestBits: 'many' }],
    ['no decimals', { decimals: undefined }],
  ])('with %s is refused', async (_, change) => {
    await expect(answered(change)).rejects.toThrow(NodeResponseError)
  })

  test('may be refused', async () => {
    await expect(node.info()).rejects.toThrow(NodeRefusedError)
  })
})
