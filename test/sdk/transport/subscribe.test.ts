import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { messageTopic } from '../../../sdk/codec/index.ts'
import { utf8 } from '../../../sdk/crypto/index.ts'
import {
  type AnonymousNode,
  createAnonymousNode,
  createNamedNode,
  NodeRefusedError,
  NodeResponseError,
  NodeUnavailableError,
  type SubscribeOptions,
  type Subscription,
} from '../../../sdk/transport/index.ts'
import { type MemoryNode, startMemoryNode } from '../../helpers/memory-node.ts'

const topic = messageTopic('stream')
const envelope = (timestampNs: bigint) => ({ contentTopic: topic, timestampNs, message: utf8(`at ${timestampNs}`) })

let memory: MemoryNode
let node: AnonymousNode
let open: Subscription[]
beforeEach(async () => {
  memory = await startMemoryNode()
  node = createAnonymousNode({ url: memory.url })
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((stream) => stream.return?.()))
  await memory.close()
})

async function listen({ token, ...options }: Partial<SubscribeOptions> = {}): Promise<Subscription> {
  const asker = token ? createNamedNode({ url: memory.url, token }) : node
  const stream = await asker.subscribe({ contentTopics: [topic], backoff: () => 1, ...options })
  open.push(stream)
  return stream
}

async function take(stream: Subscription, count: number): Promise<bigint[]> {
  const times: bigint[] = []
  while (times.length < count) {
    const { value } = await stream.next()
    if (!value) break
    times.push(value.timestampNs)
  }
  return times
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 30))

describe('subscribe', () => {
  test('misses nothing once it has resolved', async () => {
    const stream = await listen()
    memory.publish(envelope(1n))
    const { value } = await stream.next()
    expect(value).toEqual({ ...envelope(1n), sequence: 1n })
  })

  test('hears its own topics only', async () => {
    const stream = await listen()
    memory.publish({ ...envelope(1n), contentTopic: messageTopic('other') })
    memory.publish(envelope(2n))
    expect(await take(stream, 1)).toEqual([2n])
  })

  test('resumes after a number', async () => {
    for (const time of [1n, 2n, 3n]) memory.publish(envelope(time))
    expect(await take(await listen({ after: 1n }), 2)).toEqual([2n, 3n])
  })

  test('neither loses nor repeats what is published while the stream is down', async () => {
    const states: string[] = []
    const stream = await listen({ onState: (state) => states.push(state) })
    memory.publish(envelope(1n))
    expect(await take(stream, 1)).toEqual([1n])
    const rest = take(stream, 3)
    memory.dropStreams()
    for (const time of [2n, 3n, 4n]) memory.publish(envelope(time))
    expect(await rest).toEqual([2n, 3n, 4n])
    expect(states).toEqual(['lost', 'connected'])
  })

  test('takes the current number from a sign of life, so that even a silent stream loses nothing', async () => {
    memory.publish(envelope(1n))
    const stream = await listen()
    const rest = take(stream, 1)
    memory.writeRaw('{"result":{}}\n\n{"result":{"sequence":"1"}}\n')
    await pause()
    memory.dropStreams()
    memory.publish(envelope(2n))
    expect(await rest).toEqual([2n])
  })

  test('puts a line together from its pieces', async () => {
    const stream = await listen()
    const next = stream.next()
    const line = JSON.stringify({ result: { contentTopic: topic, timestampNs: '5', message: '', sequence: '9' } })
    for (const piece of [line.slice(0, 20), line.slice(20), '\n']) {
      memory.writeRaw(piece)
      await pause()
    }
    expect((await next).value).toMatchObject({ timestampNs: 5n, sequence: 9n })
  })

  test('counts silence as loss', async () => {
    const states: string[] = []
    const stream = await listen({ idleTimeoutMs: 30, onState: (state) => states.push(state) })
    const next = stream.next()
    await expect.poll(() => states).toContain('connected')
    memory.publish(envelope(1n))
    expect((await next).value).toMatchObject({ timestampNs: 1n })
    const connects = memory.requests.filter(({ path }) => path === '/v1/subscribe')
    expect(connects.length).toBeGreaterThan(1)
  })

  test('waits longer before each further attempt', async () => {
    const attempts: number[] = []
    const stream = await listen({ backoff: (attempt) => attempts.push(attempt) })
    const next = stream.next()
    for (let i = 0; i < 3; i++) memory.failNext('/v1/subscribe', 503)
    memory.dropStreams()
    await expect.poll(() => attempts).toEqual([1, 2, 3, 4])
    await expect.poll(() => memory.subscriptions()).toBe(1)
    memory.publish(envelope(1n))
    expect((await next).value).toMatchObject({ timestampNs: 1n })
  })

  test('connects again after an error that may pass', async () => {
    const stream = await listen()
    const next = stream.next()
    memory.writeRaw('{"error":{"code":14,"message":"restarting"}}\n')
    await expect.poll(() => memory.requests).toHaveLength(2)
    await expect.poll(() => memory.subscriptions()).toBe(1)
    memory.publish(envelope(1n))
    expect((await next).value).toMatchObject({ timestampNs: 1n })
  })

  test.each([
    ['an error that will not pass', '{"error":{"code":3,"message":"no such topic"}}', NodeRefusedError],
    ['a line that is no JSON', 'hello', NodeResponseError],
    ['a line that is no object', '[]', NodeResponseError],
  ])('stops at %s', async (_, line, expected) => {
    const stream = await listen()
    const next = stream.next()
    memory.writeRaw(`${line}\n`)
    await expect(next).rejects.toThrow(expected)
  })

  test('stops at a line without end', async () => {
    const stream = await listen()
    const next = stream.next()
    memory.writeRaw('x'.repeat(2_000_001))
    await expect(next).rejects.toThrow(NodeResponseError)
  })

  test('a refusal while connecting again is an error', async () => {
    const stream = await listen()
    const next = stream.next()
    memory.failNext('/v1/subscribe', 400, '{"code":3,"message":"content topics required"}')
    memory.dropStreams()
    await expect(next).rejects.toThrow(NodeRefusedError)
  })

  test.each([
    [503, NodeUnavailableError],
    [400, NodeRefusedError],
  ])('the first connection fails with status %i', async (status, expected) => {
    memory.failNext('/v1/subscribe', status, '{"code":3,"message":"content topics required"}')
    await expect(listen()).rejects.toThrow(expected)
  })

  test('leaving the loop closes the stream at the node', async () => {
    const stream = await listen()
    memory.publish(envelope(1n))
    for await (const { timestampNs } of stream) {
      expect(timestampNs).toBe(1n)
      break
    }
    await expect.poll(() => memory.subscriptions()).toBe(0)
  })

  test('closing ends a pending read, also of a stream never read before', async () => {
    const pending = await listen()
    const next = pending.next()
    await Promise.all([pending.return?.(), (await listen()).return?.()])
    expect(await next).toEqual({ done: true, value: undefined })
    await expect.poll(() => memory.subscriptions()).toBe(0)
  })

  test("aborting throws the signal's reason, also between two attempts", async () => {
    for (const backoff of [() => 1, () => 60_000]) {
      const controller = new AbortController()
      const stream = await listen({ signal: controller.signal, backoff })
      const next = stream.next()
      if (backoff() > 1) memory.dropStreams()
      await pause()
      const reason = new Error('enough')
      controller.abort(reason)
      await expect(next).rejects.toBe(reason)
    }
  })

  test('asks for a token at each connection, where a topic is for its owner', async () => {
    let made = 0
    const stream = await listen({ token: () => `token ${++made}` })
    const next = stream.next()
    memory.dropStreams()
    await expect.poll(() => memory.subscriptions()).toBe(1)
    memory.publish(envelope(1n))
    await next
    const shown = memory.requests.map(({ headers }) => headers.authorization)
    expect(shown).toEqual(['Bearer token 1', 'Bearer token 2'])
  })

  test('speaks to nodes that know only XMTP V2', async () => {
    const stream = await listen({ protocol: 'v2', after: 5n })
    memory.publish(envelope(1n))
    expect((await stream.next()).value).toEqual(envelope(1n))
    expect(memory.requests.at(-1)).toMatchObject({ path: '/message/v1/subscribe', body: { contentTopics: [topic] } })
    expect(memory.requests.at(-1)!.body).not.toHaveProperty('after')
  })
})
