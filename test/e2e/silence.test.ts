import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client, ClientEvent } from '../../sdk/index.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'
import { hiding, lyingFetch } from '../helpers/lying-node.ts'
import { problem } from '../helpers/recording.ts'

// Who is blocked is not heard: by no client of the account, in no list and in no stream that is open.

let network: LightNetwork
let alice: Client
let bob: Client

beforeEach(async () => {
  network = await startLightNetwork()
  ;[alice, bob] = [await network.client(0xa1), await network.client(0xb0)]
})
afterEach(() => network.close())

/** What a stream has given so far. */
function collect<T, R>(stream: AsyncIterable<T>, read: (item: T) => R): R[] {
  const heard: R[] = []
  const listen = async () => {
    for await (const item of stream) heard.push(read(item))
  }
  void listen().catch(() => undefined)
  return heard
}

async function listen(client: Client) {
  const [conversation] = await client.conversations.list()
  return {
    all: collect(await client.streamAllMessages(), ({ content }) => content),
    one: collect(await conversation!.stream(), ({ content }) => content),
    begun: collect(await client.conversations.stream(), ({ peerAddress }) => peerAddress),
  }
}

/** Never lets go on what waits, until it is ended. */
const waitForEver = (_: number, signal?: AbortSignal) =>
  new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
const privacy = { copySeconds: 600, joinSeconds: 0, prepareSeconds: 0, waitSeconds: 0 }

describe('an account that was blocked', () => {
  test('falls silent at once on this client and on another, whose streams were open', async () => {
    const carol = await network.client(0xca)
    await write(alice, bob, 'gm')
    const other = await network.client(0xb0)
    const streams = [await listen(bob), await listen(other)]
    await write(alice, bob, 'heard')
    for (const { all, one } of streams) {
      await expect.poll(() => [all, one]).toEqual([['heard'], ['heard']])
    }
    expect(await bob.block(alice.address)).toMatchObject({ ok: true })
    for (const id of [undefined, 'example.org/another']) await write(alice, bob, 'not heard', id).catch(() => undefined)
    await write(carol, bob, 'by Carol')
    for (const { all, one, begun } of streams) {
      await expect.poll(() => all).toEqual(['heard', 'by Carol'])
      expect(one).toEqual(['heard'])
      expect(begun).toEqual([carol.address])
    }
    for (const client of [bob, other, await network.client(0xb0)]) expect(await textsOf(client)).toEqual(['by Carol'])
  })

  test('falls silent in a conversation that another client listens to, and to nothing else', async () => {
    await write(alice, bob, 'gm')
    const other = await network.client(0xb0)
    const [conversation] = await other.conversations.list()
    const heard = collect(await conversation!.stream(), ({ content }) => content)
    await write(alice, bob, 'heard')
    await expect.poll(() => heard).toEqual(['heard'])
    const blocker = await network.client(0xb0, { privacy, sleep: waitForEver })
    expect(await blocker.block(alice.address)).toMatchObject({ ok: true })
    await write(alice, bob, 'not heard, though the node still takes it')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(heard).toEqual(['heard'])
  })

  test('by requests alone is not known to the node, and its further ones are not shown', async () => {
    await write(alice, bob, 'a request')
    await bob.conversations.list()
    expect(await bob.block(alice.address)).toEqual({ ok: true, isKnownToNode: false })
    await write(alice, bob, 'a further request', 'example.org/2')
    expect(await bob.conversations.list()).toEqual([])
    expect(await bob.conversations.list({ consent: 'denied' })).toHaveLength(2)
  })

  test('writes no more in the conversation there was, and is read again after it was unblocked', async () => {
    await write(alice, bob, 'gm')
    await bob.conversations.list()
    expect(await bob.block(alice.address)).toMatchObject({ ok: true })
    const closed = await (await alice.conversations.new(bob.address)).send('still there?')
    expect(closed).toMatchObject({ ok: false, code: 'topic.closed' })
    expect(await bob.allow(alice.address)).toMatchObject({ ok: true })
    await write(alice, bob, 'sorry', 'example.org/2')
    expect(await textsOf(bob)).toEqual(['gm', 'sorry'])
  })

  test('loses the connection that it holds', async () => {
    await write(alice, bob, 'gm')
    await bob.conversations.list()
    expect(await bob.connections.grant(alice.address)).toEqual({ ok: true })
    await textsOf(alice)
    expect(alice.connections.isHeld(bob.address)).toBe(true)
    expect(await bob.policy.set('nobody')).toMatchObject({ ok: true })
    await write(alice, bob, 'by the connection', 'example.org/2')
    expect(await bob.block(alice.address)).toMatchObject({ ok: true })
    const about = { context: { conversationId: 'example.org/3' } }
    const refused = await (await alice.conversations.new(bob.address, about)).send('by the connection')
    expect(refused).toMatchObject({ ok: false, code: 'connection.revoked' })
  })
})

describe('consents', () => {
  test("are asked for in the name of the account, and never in nobody's", async () => {
    const paths = { named: [] as string[], anonymous: [] as string[] }
    const over = (kind: 'named' | 'anonymous') => async (url: string, init: RequestInit) => {
      if (String(init.body).includes('/userpreferences-')) paths[kind].push(url)
      return globalThis.fetch(url, init)
    }
    const client = await network.client(0xb0, { fetch: over('named'), anonymousFetch: over('anonymous') })
    await write(alice, bob, 'gm')
    const [conversation] = await client.conversations.list()
    await conversation!.stream()
    await client.streamAllMessages()
    await client.consent(alice.address)
    await client.block(alice.address)
    expect(paths.named.length).toBeGreaterThan(3)
    expect(paths.anonymous).toEqual([])
  })
})

describe('who was written to in the open', () => {
  test('is allowed behind the answer of `send`, and before the client is closed', async () => {
    let [isHeld, letGo] = [false, () => {}]
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    const fetch = async (url: string, init: RequestInit) => {
      if (isHeld && String(init.body).includes('/userpreferences-')) await held
      return globalThis.fetch(url, init)
    }
    const writer = await network.client(0xca, { fetch, anonymousFetch: lyingFetch(hiding('policy')) })
    const conversation = await writer.conversations.new(bob.address)
    isHeld = true
    expect(await conversation.send('gm', { path: 'visible', maxEffort: 60 })).toMatchObject({ ok: true })
    let isClosed = false
    const closing = writer.close().then(() => {
      isClosed = true
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(isClosed).toBe(false)
    letGo()
    await closing
    const other = await network.client(0xca)
    expect(await other.consent(bob.address)).toBe('allowed')
  })
})

describe('a refusal that nobody waits for', () => {
  /** A client whose node refuses what contains a text, from when the test says so; with what is told of it. */
  async function refused(byte: number, text: string, more: Parameters<LightNetwork['client']>[1] = {}) {
    const told: string[] = []
    const state = { isRefusing: false }
    const fetch = async (url: string, init: RequestInit) =>
      state.isRefusing && !url.endsWith('/query') && `${url} ${init.body}`.includes(text)
        ? problem(403, 'allowance.used-up')
        : globalThis.fetch(url, init)
    const onProgress = (event: ClientEvent) => event.kind === 'degraded' && told.push(event.code)
    const client = await network.client(byte, { fetch, anonymousFetch: fetch, onProgress, ...more })
    return { client, told, state }
  }

  test.each(['/blocks-', '/close'])('of what follows a block (%s) is told', async (text) => {
    const wakes: (() => void)[] = []
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        wakes.push(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const { client, told, state } = await refused(0xb0, text, { sleep, privacy })
    await write(alice, bob, 'gm')
    await client.conversations.list()
    expect(await client.block(alice.address)).toMatchObject({ ok: true })
    state.isRefusing = true
    for (const wake of wakes.splice(0)) wake()
    await expect.poll(() => told).toContain('allowance.used-up')
  })

  test('to allow who was written to is told', async () => {
    const anonymousFetch = lyingFetch(hiding('policy'))
    const { client, told, state } = await refused(0xa2, '/userpreferences-', { anonymousFetch })
    const conversation = await client.conversations.new(bob.address)
    state.isRefusing = true
    expect(await conversation.send('gm', { path: 'visible', maxEffort: 60 })).toMatchObject({ ok: true })
    await expect.poll(() => told).toContain('allowance.used-up')
  })
})
