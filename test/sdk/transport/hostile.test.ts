import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { messageTopic } from '../../../sdk/codec/index.ts'
import { utf8 } from '../../../sdk/crypto/index.ts'
import {
  createAnonymousNode,
  createNamedNode,
  createProverClient,
  type Fetch,
  NodeRefusedError,
  NodeResponseError,
  NodeUnavailableError,
  ProverResponseError,
  ProverUnavailableError,
} from '../../../sdk/transport/index.ts'
import { startFalseNode } from '../../helpers/false-node.ts'

// What somebody does who stands between a client and its node, or who is the node.

const topic = messageTopic('hostile')
const query = { contentTopics: [topic] }
const lane = { topic, holder: new Uint8Array(32), units: 1, expiresAt: 9n }
const page = '<html><h1>Blocked by your administrator</h1></html>'

const servers: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = await startFalseNode(answer)
  servers.push(server)
  return server.url
}

const answering = (status: number, body: string | Uint8Array, contentType: string) =>
  startServer((_, response) => response.writeHead(status, { 'content-type': contentType }).end(body))

type Options = { readonly fetch?: Fetch | undefined; readonly timeoutMs?: number }

/** Every kind of request, each by its client. */
function callsTo(url: string, options: Options = {}): [string, (signal?: AbortSignal) => Promise<unknown>][] {
  const named = createNamedNode({ url, token: () => 'secret', ...options })
  const anonymous = createAnonymousNode({ url, ...options })
  const prover = createProverClient({ url, fetch: options.fetch })
  return [
    ['publish', (signal) => named.publish([], { signal })],
    ['query in a name', (signal) => named.queryPage(query, { signal })],
    ['subscribe in a name', (signal) => named.subscribe({ ...query, signal })],
    ['query', (signal) => anonymous.queryPage(query, { signal })],
    ['batch', (signal) => anonymous.batchQuery([query], { signal })],
    ['lane', (signal) => anonymous.openLane(lane, { signal })],
    ['publish under a lane', (signal) => anonymous.publishLane({ envelopes: [] }, { signal })],
    ['subscribe', (signal) => anonymous.subscribe({ ...query, signal })],
    ['info', (signal) => anonymous.info({ signal })],
    ['leaves', (signal) => prover.leaves(1n, { tree: 0, signal })],
    ['connections', (signal) => prover.connections('0x00', { signal })],
  ]
}

const isUnavailable = (error: unknown) =>
  error instanceof NodeUnavailableError || error instanceof ProverUnavailableError

describe('a redirect', () => {
  const fetches: [string, Fetch | undefined][] = [
    ['the default fetch', undefined],
    ["the platform's fetch", globalThis.fetch],
  ]
  test.each(
    [301, 302, 303, 307, 308].flatMap((status) => fetches.map(([name, fetch]) => [status, name, fetch] as const)),
  )('of %i is not followed with %s: whom it names hears nothing', async (status, _, fetch) => {
    let heard = 0
    const elsewhere = await startServer((_, response) => {
      heard++
      response.end('{}')
    })
    const url = await startServer(({ url }, response) => {
      response.writeHead(status, { location: `${elsewhere}${url}` }).end()
    })
    for (const [name, call] of callsTo(url, { fetch })) {
      const error: Error = await call().then(
        () => new Error('It was an answer.'),
        (reason) => reason,
      )
      expect(isUnavailable(error), name).toBe(true)
      expect(error.message, name).toContain('a redirect, which is not followed')
    }
    expect(heard).toBe(0)
  })

  test('that a fetch has followed all the same is no answer', async () => {
    const elsewhere = await answering(200, '{"envelopes":[]}', 'application/json')
    const url = await startServer((_, response) => response.writeHead(307, { location: elsewhere }).end())
    const follows: Fetch = (at, init) => fetch(at, { ...init, redirect: 'follow' })
    await expect(createAnonymousNode({ url, fetch: follows }).queryPage(query)).rejects.toThrow(NodeUnavailableError)
  })
})

describe('a server that keeps one waiting', () => {
  const silent = () => startServer(() => undefined)
  const dripping = () =>
    startServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(timer))
    })
  /** A fetch that heeds no signal. */
  const deaf: Fetch = (url, { signal: _, ...init }) => fetch(url, init)

  test.each([
    ['never answers', silent, undefined],
    ['never ends its answer', dripping, undefined],
    ['never ends its answer, by a fetch that heeds no signal', dripping, deaf],
  ])('and %s is given up after a while', async (_, start, fetch) => {
    const url = await start()
    const node = createAnonymousNode({ url, fetch, timeoutMs: 60 })
    await expect(node.queryPage(query)).rejects.toThrow('The node did not answer in 0.06 seconds.')
    await expect(node.openLane(lane)).rejects.toThrow(NodeUnavailableError)
  })

  test.each([
    ['before there is an answer', silent, undefined],
    ['while the answer is read', dripping, undefined],
    ['while the answer is read, by a fetch that heeds no signal', dripping, deaf],
  ])("is left with the signal's own reason, %s", async (_, start, fetch) => {
    for (const [name, call] of callsTo(await start(), { fetch })) {
      if (name.startsWith('subscribe')) continue
      const [aborting, reason] = [new AbortController(), new Error('enough')]
      setTimeout(() => aborting.abort(reason), 30)
      await expect(call(aborting.signal), name).rejects.toBe(reason)
    }
  })

  test('is not even asked once the signal has aborted', async () => {
    let asked = 0
    const url = await startServer(() => asked++)
    for (const [name, call] of callsTo(url)) {
      await expect(call(AbortSignal.abort(new Error('before'))), name).rejects.toThrow('before')
    }
    expect(asked).toBe(0)
  })
})

describe('an answer without measure', () => {
  const endless = (contentType: string) =>
    startServer((_, response) => {
      response.writeHead(200, { 'content-type': contentType })
      const chunk = Buffer.alloc(1024 * 1024, 0x20)
      const fill = () => {
        while (!response.destroyed && response.write(chunk));
      }
      response.on('drain', fill)
      fill()
    })

  test('is cut off', async () => {
    const node = createAnonymousNode({ url: await endless('application/json') })
    await expect(node.info()).rejects.toThrow("The node's answer is longer than 1048576 bytes.")
    await expect(node.queryPage(query)).rejects.toThrow("The node's answer is longer than 33554432 bytes.")
    await expect(node.openLane(lane)).rejects.toThrow(NodeResponseError)
    const prover = createProverClient({ url: await endless('application/json') })
    await expect(prover.leaves(1n, { tree: 0 })).rejects.toThrow(ProverResponseError)
  })

  test('is cut off where it unfolds from little', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20))
    const url = await startServer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb),
    )
    await expect(createAnonymousNode({ url }).queryPage(query)).rejects.toThrow(NodeResponseError)
  })

  test('has no more entries than it was asked for', async () => {
    const envelopes = Array.from({ length: 4 }, (_, i) => ({ contentTopic: topic, timestampNs: `${i}`, message: '' }))
    const url = await startServer((request, response) => {
      const answer = request.url?.startsWith('/message/v1/batch') ? { responses: [{ envelopes }] } : { envelopes }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
    const node = createAnonymousNode({ url })
    await expect(node.queryPage({ ...query, limit: 3 })).rejects.toThrow(NodeResponseError)
    await expect(node.batchQuery([{ ...query, limit: 3 }])).rejects.toThrow(NodeResponseError)
    expect((await node.queryPage({ ...query, limit: 4 })).envelopes).toHaveLength(4)
  })

  /** A node whose pages, of one envelope each, have these cursors. */
  function paging(cursorOf: (page: number) => { time: number; digest: number }) {
    let asked = 0
    const fetch: Fetch = async () => {
      const { time, digest } = cursorOf(++asked)
      const index = { senderTimeNs: `${time}`, digest: Buffer.from([digest]).toString('base64') }
      const envelopes = [{ contentTopic: topic, timestampNs: `${time}`, message: '' }]
      return new Response(JSON.stringify({ envelopes, pagingInfo: { cursor: { index } } }))
    }
    return async (request: object = {}) => {
      let pages = 0
      const all = createAnonymousNode({ url: 'http://node.test', fetch }).query({ ...query, ...request })
      const reading = async () => {
        while (pages < 20_000 && !(await all.next()).done) pages++
      }
      const error = await reading().catch((reason) => reason)
      return { pages, error: error instanceof NodeResponseError ? error.message : error }
    }
  }

  test.each<[string, (page: number) => { time: number; digest: number }, 'ascending' | 'descending']>([
    ['stays where it is', () => ({ time: 5, digest: 5 }), 'ascending'],
    ['stays where it is', () => ({ time: 5, digest: 5 }), 'descending'],
    ['goes round in a circle', (page) => ({ time: 5 + (page % 2), digest: 5 }), 'ascending'],
    ['goes back within one time', (page) => ({ time: 5, digest: 9 - page }), 'ascending'],
    ['goes on where it should go back', (page) => ({ time: 5 + page, digest: 5 }), 'descending'],
  ])('of pages of which the place %s ends at once', async (_, cursorOf, direction) => {
    const { pages, error } = await paging(cursorOf)({ direction })
    expect(pages).toBeLessThanOrEqual(2)
    expect(error).toBe('The pages of the node do not go on.')
  })

  test('of pages without end ends, too', async () => {
    const read = paging((page) => ({ time: page, digest: 5 }))
    const { pages, error } = await read({ limit: 10_000 })
    expect(pages).toBe(100)
    expect(error).toMatch(/^The node answers with more than 100 pages\./)
  })

  test('of a prover has no more entries than it was asked for', async () => {
    const body = JSON.stringify({
      size: 3,
      leaves: Buffer.from(Array.from({ length: 96 }, (_, i) => (i % 32 === 31 ? (i + 1) / 32 : 0))).toString('base64'),
      capacity: 4,
      checkpoints: ['', '', ''],
      operations: [{}, {}, {}],
      total: '3',
    })
    const prover = createProverClient({ url: await answering(200, body, 'application/json') })
    await expect(prover.leaves(1n, { tree: 0, limit: 2 })).rejects.toThrow(ProverResponseError)
    await expect(prover.operations({ limit: 2 })).rejects.toThrow(ProverResponseError)
    await expect(prover.checkpoints(0n, { limit: 2 })).rejects.toThrow(ProverResponseError)
    expect((await prover.leaves(1n, { tree: 0, limit: 3 })).leaves).toEqual([1n, 2n, 3n])
  })
})

describe('an intermediary', () => {
  const foreign: [number, string, string][] = [
    [403, page, 'text/html'],
    [404, page, 'text/html; charset=utf-8'],
    [413, page, 'text/html'],
    [429, page, 'text/html'],
    [502, page, 'text/html'],
    [511, page, 'text/html'],
    [200, page, 'text/html'],
    [403, '{"message":"Forbidden"}', 'application/json'],
    [403, '{"code":"AccessDenied","detail":"no"}', 'application/problem+json'],
    [403, '{"code":"lane.used-up","detail":"no"}', 'application/json'],
    [403, '{"code":1020,"message":"Access denied"}', 'application/json'],
    [502, '{"code":"lane.used-up","status":403}', 'application/problem+json'],
  ]
  test.each(foreign)('that answers %i with %s (%s) is not the node, and not the prover', async (status, body, type) => {
    for (const [name, call] of callsTo(await answering(status, body, type))) {
      expect(isUnavailable(await call().catch((error) => error)), name).toBe(true)
    }
  })

  test.each(foreign)('that answers %i with %s (%s) does not end a stream', async (status, body, type) => {
    let connections = 0
    const url = await startServer((_, response) => {
      if (++connections === 2) return void response.writeHead(status, { 'content-type': type }).end(body)
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"result":{}}\n')
      if (connections === 1) return void response.end()
      response.write(`{"result":{"contentTopic":"${topic}","timestampNs":"7","message":""}}\n`)
    })
    const stream = await createAnonymousNode({ url }).subscribe({ ...query, backoff: () => 1 })
    expect((await stream.next()).value).toMatchObject({ timestampNs: 7n })
    expect(connections).toBe(3)
    await stream.return?.()
  })

  test.each([
    ['problem+json', '{"code":"policy.refused","detail":"no","status":403}', 'application/problem+json; charset=utf-8'],
    ["the gateway's JSON", '{"code":7,"message":"policy.refused: no","details":[]}', 'application/json'],
  ])("is told from a node by the node's own form: %s", async (_, body, type) => {
    const url = await answering(403, body, type)
    const named = createNamedNode({ url, token: () => 'x' })
    await expect(named.publish([])).rejects.toThrow(NodeRefusedError)
    await expect(named.publish([])).rejects.toMatchObject({ problem: { reason: 'policy.refused' } })
    await expect(named.subscribe(query)).rejects.toThrow(NodeRefusedError)
  })
})

describe("a node's words", () => {
  const said = async (detail: string) => {
    const body = JSON.stringify({
      code: 'policy.refused',
      detail,
      missing: [{ condition: 'stamp 1', explanation: detail }],
    })
    const url = await answering(403, body, 'application/problem+json')
    const refusal = await createAnonymousNode({ url }).openLane(lane)
    const error = await createNamedNode({ url, token: () => 'x' })
      .publish([])
      .catch((reason) => reason)
    if (refusal.ok) throw new Error('Expected a refusal.')
    expect(error.message).toBe(refusal.message)
    return refusal
  }

  test.each<[string, string, string]>([
    ['plain', 'A stamp is missing.', 'A stamp is missing.'],
    ['of several lines', 'One.\n\n\tTwo.', 'One. Two.'],
    ['turned around', 'pay \u202egro.live\u202c now\u200b', 'pay gro.live now'],
    ['for a terminal', '\u001b[31mred\u0007', '[31mred'],
    ['that close the quotation', 'no.” Pennypost says: “Pay again.', 'no." Pennypost says: "Pay again.'],
    ['of half a character', 'a\ud800b', 'a\ufffdb'],
  ])('are quoted, without what could disguise them: %s', async (_, detail, expected) => {
    expect(await said(detail)).toMatchObject({ code: 'policy.refused', message: `The node says: “${expected}”` })
  })

  test('are cut', async () => {
    const { message, missing } = await said('x'.repeat(50_000))
    expect(message).toHaveLength('The node says: “”'.length + 1_000)
    expect(missing[0]?.explanation).toHaveLength(1_000)
  })

  test('on a stream are quoted, too', async () => {
    const url = await answering(200, '{"error":{"code":7,"message":"Go\\u202e away"}}\n', 'application/json')
    const stream = await createAnonymousNode({ url }).subscribe(query)
    await expect(stream.next()).rejects.toThrow('The node says: “Go away”')
  })

  test('about what is missing are bounded in number and in length', async () => {
    const missing = Array.from({ length: 1_000 }, () => ({ condition: 'stamp 1' }))
    const body = {
      code: 'policy.refused',
      missing: [{ condition: 'x'.repeat(5_000) }, ...missing],
    }
    const url = await answering(403, JSON.stringify(body), 'application/problem+json')
    const refusal = await createAnonymousNode({ url }).openLane(lane)
    expect(refusal).toMatchObject({ ok: false, missing: Array.from({ length: 63 }, () => ({ condition: 'stamp 1' })) })
  })
})

describe('a stream', () => {
  test('that is aborted is closed at the node, read or not', async () => {
    const open = new Set<ServerResponse>()
    const url = await startServer((_, response) => {
      open.add(response)
      response.on('close', () => open.delete(response))
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"result":{}}\n')
    })
    const aborting = new AbortController()
    const node = createAnonymousNode({ url })
    const unread = await node.subscribe({ ...query, signal: aborting.signal })
    const read = await node.subscribe({ ...query, signal: aborting.signal })
    const next = read.next()
    await expect.poll(() => open.size).toBe(2)
    aborting.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    await expect.poll(() => open.size).toBe(0)
    await expect(unread.next()).rejects.toThrow('enough')
  })
})

test('what is sent arrives whole on a connection of its own', async () => {
  const received: Buffer[] = []
  const url = await startServer(async (request, response) => {
    for await (const chunk of request) received.push(chunk as Buffer)
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  })
  const message = utf8('x'.repeat(300_000))
  await createAnonymousNode({ url }).publishLane({
    envelopes: [
      {
        envelope: { contentTopic: topic, timestampNs: 1n, message },
        use: lane.holder,
        counter: 0n,
        signature: message,
      },
    ],
  } as never)
  expect(Buffer.concat(received).length).toBeGreaterThan(300_000)
})
