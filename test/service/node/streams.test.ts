import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeEnvelope, type Envelope, envelopeToJson } from '../../../sdk/codec/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { createMetrics } from '../../../service/node/metrics.ts'
import { createStreams } from '../../../service/node/streams.ts'
import { createWaiting } from '../../../service/node/waiting.ts'
import { ownLines } from '../../../service/node/wire/stream-formats.ts'
import { envelope, makeAccount, makeNode, type TestAccount, type TestNode } from '../../helpers/node.ts'

const Fastify = createRequire(new URL('../../../service/package.json', import.meta.url))('fastify')
const everyone = parseRule('everyone')
let node: TestNode
let alice: TestAccount
let url: string

beforeAll(async () => {
  node = await makeNode({ floor: everyone, defaultRule: everyone })
  alice = await makeAccount(0x11)
  url = await node.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(() => node.close())

const topicOf = (name: string): string => `/xmtp/0/m-${name}/proto`

/** A stream over a real socket. */
async function open(path: string, body: unknown, headers: Record<string, string> = {}) {
  const closing = new AbortController()
  const response = await fetch(url + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers,
    signal: closing.signal,
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  // biome-ignore lint/suspicious/noExplicitAny: lines are compared, not computed with
  async function line(): Promise<any> {
    for (;;) {
      const end = rest.indexOf('\n')
      if (end >= 0) {
        const found = rest.slice(0, end)
        rest = rest.slice(end + 1)
        return JSON.parse(found)
      }
      const { value, done } = await reader.read()
      if (done) return undefined
      rest += value
    }
  }
  /** The next line that carries an envelope. */
  async function next() {
    for (;;) {
      const found = await line()
      if (found === undefined || found.result.message !== undefined) return found?.result
    }
  }
  return { response, line, next, close: () => closing.abort() }
}

const textOf = ({ message }: { message: string }): string => Buffer.from(message, 'base64').toString()

describe('subscribe, as XMTP V2 has it', () => {
  test('answers at once, before there is anything to say', async () => {
    const stream = await open('/message/v1/subscribe', { contentTopics: [topicOf('empty')] })
    expect(stream.response.status).toBe(200)
    expect(stream.response.headers.get('content-encoding')).toBeNull()
    expect(await stream.line()).toEqual({ result: {} })
    stream.close()
  })

  test('streams what is published on its topics, in order, as V2 envelopes', async () => {
    const stream = await open('/message/v1/subscribe', { contentTopics: [topicOf('s1'), topicOf('s2')] })
    const sent = ['s1', 'other', 's2', 's1'].map((name, i) => envelope(topicOf(name), String(i)))
    for (const one of sent) await node.publish(alice, one)
    expect(await stream.next()).toEqual(envelopeToJson(sent[0] as Envelope))
    expect([textOf(await stream.next()), textOf(await stream.next())]).toEqual(['2', '3'])
    stream.close()
  })

  test('streams an identical envelope once, and every ephemeral one', async () => {
    const ephemeral = envelope('/xmtp/0/mE-s3/proto', 'typing')
    const stream = await open('/message/v1/subscribe', { contentTopics: [topicOf('s3'), ephemeral.contentTopic] })
    const sent = envelope(topicOf('s3'), 'once')
    for (const one of [sent, sent, ephemeral, ephemeral, envelope(topicOf('s3'), 'end')]) await node.publish(alice, one)
    const texts = [await stream.next(), await stream.next(), await stream.next(), await stream.next()].map(textOf)
    expect(texts).toEqual(['once', 'typing', 'typing', 'end'])
    stream.close()
  })

  test('streams everything but sealed topics to those who subscribe to all', async () => {
    const stream = await open('/message/v1/subscribe-all', {})
    await node.publish(alice, envelope(topicOf('all'), 'heard'))
    expect(textOf(await stream.next())).toBe('heard')
    stream.close()
  })

  test('refuses no topics with code 3, in JSON', async () => {
    const { status, json } = await node.post('/message/v1/subscribe', { contentTopics: [] })
    expect([status, json]).toMatchObject([400, { code: 3, message: 'content topics required' }])
  })

  test('streams length-prefixed protobuf to those who ask for it', async () => {
    const closing = new AbortController()
    const response = await fetch(`${url}/message/v1/subscribe`, {
      method: 'POST',
      body: JSON.stringify({ contentTopics: [topicOf('s4')] }),
      headers: { accept: 'application/x-protobuf' },
      signal: closing.signal,
    })
    const sent = envelope(topicOf('s4'), 'x'.repeat(300))
    await node.publish(alice, sent)
    let bytes = Buffer.alloc(0)
    for await (const chunk of response.body!) {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.length > 300) break
    }
    expect(bytes[0]).toBe(0)
    const length = ((bytes[1] ?? 0) & 0x7f) | ((bytes[2] ?? 0) << 7)
    expect(decodeEnvelope(bytes.subarray(3, 3 + length))).toMatchObject({ contentTopic: sent.contentTopic })
    closing.abort()
  })
})

describe('a V2 stream that takes the place of another', () => {
  const patience = { timeout: 90_000, interval: 10 }
  const texts = async (stream: Awaited<ReturnType<typeof open>>, count: number) => {
    const found: string[] = []
    while (found.length < count) found.push(textOf(await stream.next()))
    return found
  }
  const streams = async () => Number((await node.context.metrics.openStreams.get()).values[0]?.value)
  const subscribe = (...names: string[]) => open('/message/v1/subscribe', { contentTopics: names.map(topicOf) })
  const publish = (name: string, text: string) => node.publish(alice, envelope(topicOf(name), text))

  test('starts with what came in between, on the topic that is new too, and repeats nothing', async () => {
    await publish('r2', 'long ago')
    await expect.poll(streams, patience).toBe(0) // those of other tests have ended
    const first = await subscribe('r1')
    await publish('r1', 'one')
    expect(await texts(first, 1)).toEqual(['one'])
    await publish('r2', 'two')
    first.close()
    await expect.poll(streams, patience).toBe(0)
    await publish('r1', 'three')
    const second = await subscribe('r1', 'r2')
    await publish('r2', 'four')
    expect(await texts(second, 3)).toEqual(['two', 'three', 'four'])
    const third = await subscribe('r1', 'r2') // of somebody at the same address, for all the node knows
    await publish('r1', 'five')
    expect(await texts(third, 4)).toEqual(['two', 'three', 'four', 'five'])
    expect(await texts(second, 1)).toEqual(['five'])
    second.close()
    third.close()
    await expect.poll(streams, patience).toBe(0)
  })

  test('does not if it listens to less, and a stream that was sent nothing lately is replaced from its end on', async () => {
    await expect.poll(streams, patience).toBe(0) // those of other tests have ended
    const first = await subscribe('r3', 'r4')
    await publish('r5', 'before')
    first.close()
    await expect.poll(streams, patience).toBe(0)
    await publish('r3', 'between')
    const less = await subscribe('r3')
    const all = await subscribe('r3', 'r4', 'r5')
    await publish('r3', 'after')
    expect(await texts(less, 1)).toEqual(['after'])
    expect((await texts(all, 2)).at(-1)).toBe('after')
    less.close()
    all.close()
  })
})

describe('subscribe with a sequence', () => {
  test('says where it starts, and numbers what it streams', async () => {
    const stream = await open('/v1/subscribe', { contentTopics: [topicOf('n1')] })
    const { result } = await stream.line()
    expect(result).toEqual({ sequence: node.deps.store.position().toString() })
    await node.publish(alice, envelope(topicOf('n1')))
    expect(BigInt((await stream.next()).sequence)).toBeGreaterThan(BigInt(result.sequence))
    stream.close()
  })

  test('resumes with neither gap nor repetition while others publish', async () => {
    const topic = topicOf('resume')
    const total = 400
    const publishing = (async () => {
      for (let i = 0; i < total; i++) await node.publish(alice, envelope(topic, String(i)))
    })()
    const seen: number[] = []
    let after = '0'
    while (seen.length < total) {
      const stream = await open('/v1/subscribe', { contentTopics: [topic], after })
      for (let i = 0; i < 37 && seen.length < total; i++) {
        const found = await stream.next()
        seen.push(Number(textOf(found)))
        after = found.sequence
      }
      stream.close()
    }
    await publishing
    expect(seen).toEqual(Array.from({ length: total }, (_, i) => i))
  })

  test('refuses a sequence that no store counts to', async () => {
    const body = (after: bigint) => ({ contentTopics: [topicOf('n2')], after: String(after) })
    const codes = []
    for (const after of [2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -1n]) {
      const { status, json } = await node.post('/v1/subscribe', body(after))
      codes.push([status, json.code])
    }
    expect(codes).toEqual(Array(4).fill([400, 'body.malformed']))
    const stream = await open('/v1/subscribe', body(2n ** 63n - 1n))
    expect(stream.response.status).toBe(200)
    stream.close()
  })

  test('takes a sequence of the future for no reason to fail', async () => {
    const stream = await open('/v1/subscribe', { contentTopics: [topicOf('n2')], after: '9000000000000000000' })
    expect((await stream.line()).result.sequence).toBe(node.deps.store.position().toString())
    stream.close()
  })
})

describe('many topics, and the end', () => {
  test('10,000 topics are subscribed to and queried quickly, more are refused', async () => {
    const contentTopics = Array.from({ length: 10_000 }, (_, i) => topicOf(`t${i}`))
    const started = performance.now()
    const stream = await open('/message/v1/subscribe', { contentTopics })
    await node.publish(alice, envelope(topicOf('t9999'), 'last'))
    expect(textOf(await stream.next())).toBe('last')
    expect((await node.post('/message/v1/query', { contentTopics })).json.envelopes).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(5000)
    stream.close()
    const refused = await node.post('/message/v1/query', { contentTopics: [...contentTopics, topicOf('more')] })
    expect([refused.status, refused.json.code]).toEqual([400, 3])
  })

  test('forgets streams that their readers closed', async () => {
    const stream = await open('/message/v1/subscribe', { contentTopics: [topicOf('gone')] })
    const count = async () => Number((await node.context.metrics.openStreams.get()).values[0]?.value)
    const before = await count()
    stream.close()
    await expect.poll(count).toBe(before - 1)
  })

  test('ends streams when the node closes', async () => {
    const short = await makeNode({ floor: everyone, defaultRule: everyone })
    const address = await short.app.listen({ port: 0, host: '127.0.0.1' })
    const body = JSON.stringify({ contentTopics: [topicOf('x')] })
    const response = await fetch(`${address}/message/v1/subscribe`, { method: 'POST', body })
    const reading = response.text()
    await short.close()
    expect(await reading).toBe('{"result":{}}\n')
  })
})

describe('the streams of one caller', () => {
  test('listen to a million topics at most, and make room when they close', async () => {
    const limited = await makeNode({ rateLimits: 'on' })
    const address = await limited.app.listen({ port: 0, host: '127.0.0.1' })
    const body = JSON.stringify({ contentTopics: Array.from({ length: 10_000 }, (_, i) => topicOf(`w${i}`)) })
    const open: { response: Response; closing: AbortController }[] = [] // an answer that nobody holds is cancelled
    const start = async () => {
      const closing = new AbortController()
      const response = await fetch(`${address}/message/v1/subscribe`, { method: 'POST', body, signal: closing.signal })
      if (response.status === 200) open.push({ response, closing })
      return response.status
    }
    for (let i = 0; i < 90; i++) expect(await start()).toBe(200)
    expect(await start()).toBe(429)
    open.pop()?.closing.abort()
    await expect.poll(start).toBe(200)
    for (const { closing } of open) closing.abort()
    await limited.close()
  })
})

describe('a stream with nothing to say', () => {
  test('keeps its connection for itself, so that closing the node waits for none', async () => {
    const { streams, stop } = await startStreams(20)
    const response = await fetch(streams)
    expect(response.headers.get('connection')).toBe('close')
    await response.body?.cancel()
    await stop()
  })

  test('shows that it is alive, and where it is', async () => {
    const { streams, stop } = await startStreams(20)
    const response = await fetch(streams)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (text.split('\n').length < 4) text += (await reader.read()).value ?? ''
    expect(text.split('\n').slice(0, 3)).toEqual(Array(3).fill('{"result":{"sequence":"41"}}'))
    await reader.cancel()
    await stop()
  })
})

describe('a stream that a token opened', () => {
  test('ends when the token does, without anything to write', async () => {
    const { streams, stop } = await startStreams(60_000, Date.now() / 1000 + 0.2)
    expect((await (await fetch(streams)).text()).split('\n')).toHaveLength(2)
    await stop()
  }, 5000)

  test('ends in silence too, once the token is over', async () => {
    const { streams, stop } = await startStreams(20, Date.now() / 1000 + 0.2)
    const lines = (await (await fetch(streams)).text()).split('\n')
    expect(lines.length).toBeGreaterThan(2)
    await stop()
  })
})

type Exchange = Parameters<ReturnType<typeof createStreams>['open']>[0]

/** Streams alone, with a short time between two signs of life. */
async function startStreams(keepAliveMs: number, until?: number) {
  const { openStreams, waitingBytes } = createMetrics()
  const streams = createStreams({
    keepAliveMs,
    gauge: openStreams,
    position: () => 41n,
    maxWeight: Infinity,
    waiting: createWaiting({ caller: Infinity, node: Infinity, gauge: waitingBytes }),
    clock: () => Date.now() / 1000,
  })
  const app = Fastify()
  app.get('/', (request: Exchange['request'], reply: Exchange['reply']) => {
    streams.open({ request, reply, topics: [topicOf('alone')], until }, ownLines, (sink) => {
      sink.live()
      return () => undefined
    })
    return reply
  })
  return { streams: await app.listen({ port: 0, host: '127.0.0.1' }), stop: () => app.close() }
}
