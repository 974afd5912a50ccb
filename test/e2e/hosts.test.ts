import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createSafeStorage } from '../../sdk/client/session/storage.ts'
import type { Client, ClientEvent, ClientOptions } from '../../sdk/index.ts'
import type { Fetch } from '../../sdk/transport/index.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'

// Hosts that lack something, or whose parts throw or never answer: the client goes on without, and says so.

let network: LightNetwork
let alice: Client
let nextByte = 0x10

beforeAll(async () => {
  network = await startLightNetwork()
  alice = await network.client(0xa1)
})
afterAll(() => network.close())
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
  vi.useRealTimers()
})

type Storage = NonNullable<ClientOptions['storage']>

/** A storage that keeps what it is given, until a call of a number. */
function failingStorage(from: number, fail: () => Promise<never>): Storage {
  const saved = new Map<string, Uint8Array>()
  let calls = 0
  const call = async <T>(step: () => T): Promise<T> => (++calls >= from ? fail() : step())
  return {
    get: (key) => call(() => saved.get(key)),
    set: (key, value) => call(() => void saved.set(key, value)),
  }
}

/** An account that does what accounts do: is written to, answers, listens, blocks. */
async function live(options: Partial<ClientOptions> = {}): Promise<ClientEvent[]> {
  const events: ClientEvent[] = []
  const byte = nextByte++
  const bob = await network.client(byte, { ...options, onProgress: (event) => events.push(event) })
  await write(alice, bob, 'gm')
  expect(await textsOf(bob)).toEqual(['gm'])
  await write(bob, alice, 'and to you')
  const [conversation] = await bob.conversations.list()
  expect((await conversation!.messages()).map(({ content }) => content)).toEqual(['gm', 'and to you'])
  expect(await bob.block(alice.address)).toMatchObject({ ok: true })
  expect(await bob.conversations.list()).toEqual([])
  await bob.close()
  return events
}

const degraded = (events: readonly ClientEvent[]) =>
  new Set(events.flatMap((event) => (event.kind === 'degraded' ? [event.code] : [])))

describe('a host', () => {
  test('without AbortSignal.any and AbortSignal.timeout is as good as any, for streams and for work', async () => {
    vi.spyOn(AbortSignal, 'any').mockImplementation(() => {
      throw new TypeError('AbortSignal.any is not a function')
    })
    vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
      throw new TypeError('AbortSignal.timeout is not a function')
    })
    const bob = await network.client(nextByte++)
    const stream = await bob.streamAllMessages()
    await write(alice, bob, 'heard')
    expect((await stream.next()).value).toMatchObject({ content: 'heard' })
    await stream.return?.()
    expect(degraded(await live())).toEqual(new Set())
  })

  test('without crypto.subtle, as a page without https, is as good as any', async () => {
    const { getRandomValues } = crypto
    vi.stubGlobal('crypto', { getRandomValues: getRandomValues.bind(crypto) })
    expect(degraded(await live())).toEqual(new Set())
  })

  test.each<[string, number, () => Promise<never>]>([
    ['throws from the first call on', 1, () => Promise.reject(new Error('denied'))],
    ['throws from the third call on', 3, () => Promise.reject(new Error('gone'))],
    ['is full', 2, () => Promise.reject(new DOMException('full', 'QuotaExceededError'))],
  ])('whose storage %s goes on without it, and says so', async (_, from, fail) => {
    expect(degraded(await live({ storage: failingStorage(from, fail) }))).toEqual(new Set(['storage.failed']))
  })

  test('whose storage never answers is waited for once and not again', async () => {
    vi.useFakeTimers()
    const events: ClientEvent[] = []
    let calls = 0
    const never = () => {
      calls++
      return new Promise<never>(() => undefined)
    }
    const storage = createSafeStorage({ get: never, set: never }, (event) => events.push(event))
    const first = storage.get('a')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(await first).toBeUndefined()
    expect([await storage.get('b'), await storage.set('c', new Uint8Array())]).toEqual([undefined, false])
    expect([calls, storage.isReliable, events]).toEqual([1, false, [{ kind: 'degraded', code: 'storage.failed' }]])
  })

  test('whose fetch cannot stream reads and writes, and says of streams that there are none', async () => {
    const fetch: Fetch = async (url, init) => {
      if (url.endsWith('/subscribe')) return new Response(null, { headers: { 'content-type': 'application/json' } })
      const response = await globalThis.fetch(url, init)
      const whole = await response.arrayBuffer()
      return Object.defineProperty(new Response(whole, response), 'body', { value: undefined })
    }
    expect(degraded(await live({ fetch, anonymousFetch: fetch }))).toEqual(new Set())
    const bob = await network.client(nextByte++, { fetch })
    await write(alice, bob, 'gm')
    for (const stream of [() => bob.streamAllMessages(), () => bob.conversations.stream()]) {
      await expect(stream()).rejects.toMatchObject({
        code: 'node.response',
        message: expect.stringContaining('stream'),
      })
    }
    expect(await textsOf(bob)).toEqual(['gm'])
  })
})
