import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import type { Fetch } from '../../sdk/transport/index.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'
import { type Lie, lyingFetch } from '../helpers/lying-node.ts'
import type { Recorded } from '../helpers/recording.ts'

// What a peer can do to an account that reads it: not fill its log, not hang it, not make it wait.

let network: LightNetwork
let alice: Client

beforeEach(async () => {
  network = await startLightNetwork()
  alice = await network.client(0xa1)
})
afterEach(() => network.close())

/** How many pages of a log were written. */
const pagesIn = (sent: readonly Recorded[]): number =>
  sent.filter(({ url, body }) => url.endsWith('/publish') && new TextDecoder().decode(body).includes('/log-')).length

/** A fetch over so many connections, as a browser has: a stream keeps one until it ends. */
function overConnections(most: number) {
  const open = { now: 0, streams: { named: 0, anonymous: 0 } }
  const waiting: (() => void)[] = []
  const release = () => {
    open.now--
    waiting.shift()?.()
  }
  const take = async () => {
    while (open.now >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    open.now++
  }
  const of =
    (kind: 'named' | 'anonymous'): Fetch =>
    async (url, init) => {
      await take()
      try {
        const response = await globalThis.fetch(url, init)
        if (!url.endsWith('/subscribe')) return response
        open.now++ // given back when the stream ends
        open.streams[kind]++
        init.signal?.addEventListener('abort', () => {
          open.streams[kind]--
          release()
        })
        return response
      } finally {
        release()
      }
    }
  return { open, named: of('named'), anonymous: of('anonymous') }
}

describe('a peer', () => {
  test('writes a bounded number of entries into the log, however many connections it grants', async () => {
    const { client: bob, recording } = await network.watched(0xb0)
    await write(alice, bob, 'gm')
    await bob.conversations.list()
    for (let i = 0; i < 330; i++) expect(await alice.connections.grant(bob.address)).toEqual({ ok: true })
    recording.take()
    for (let i = 0; i < 3; i++) expect(await textsOf(bob)).toEqual(['gm'])
    expect(pagesIn(recording.take())).toBeLessThanOrEqual(8)
  })

  test('writes no entry at all with letters, requests and messages that are only read', async () => {
    const { client: bob, recording } = await network.watched(0xb0)
    await bob.policy.set('everyone')
    recording.take()
    for (let i = 0; i < 40; i++) await write(alice, bob, String(i), `example.org/${i}`)
    expect(await textsOf(bob)).toHaveLength(40)
    expect(pagesIn(recording.take())).toBe(0)
  })

  test('with a policy of 10 MB is read as one without any, and hangs nobody', async () => {
    const bob = await network.client(0xb0)
    const noise = Buffer.alloc(10 * 1024 * 1024, 7).toString('base64')
    const lie: Lie = (envelope) =>
      envelope.contentTopic.includes(`/policy-${bob.address}`) ? { ...envelope, message: noise } : envelope
    const reader = await network.client(0xca, { fetch: lyingFetch(lie) })
    expect(await reader.policy.get(bob.address)).toMatchObject({ version: 0n, isSealed: false })
  })
})

describe('streamAllMessages', () => {
  test('hears 200 sealed conversations over 6 connections, by one anonymous stream and at most two named', async () => {
    const bobs = await network.client(0xb0)
    await bobs.policy.set('everyone')
    const count = 200
    for (let i = 0; i < count; i++) await write(alice, bobs, `first ${i}`, `example.org/${i}`)
    const six = overConnections(6)
    const bob = await network.client(0xb0, { fetch: six.named, anonymousFetch: six.anonymous })
    const stream = await bob.streamAllMessages()
    expect(six.open.streams.anonymous).toBe(1)
    expect(six.open.streams.named).toBeLessThanOrEqual(2)
    const heard = new Set<unknown>()
    const all = (async () => {
      for await (const { content } of stream) if (heard.add(content).size === count) return
    })()
    for (let i = 0; i < count; i++) await write(alice, bobs, `second ${i}`, `example.org/${i}`)
    await all
    expect(heard).toEqual(new Set(Array.from({ length: count }, (_, i) => `second ${i}`)))
    expect(six.open.now).toBeLessThanOrEqual(6)
  })
})
