import { setTimeout as pause } from 'node:timers/promises'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Sleep } from '../../sdk/client/session/beat.ts'
import { decodeContact, encodeInvitationHeader, encodeSealedInvitation, ownedTopic } from '../../sdk/codec/index.ts'
import { randomBytes, sealCiphertext } from '../../sdk/crypto/index.ts'
import { createIdentity, createKeyring, createToken } from '../../sdk/identity/index.ts'
import { BaseError, type Client, type ClientEvent, type Privacy } from '../../sdk/index.ts'
import type { Fetch } from '../../sdk/transport/index.ts'
import { createAnonymousNode, createNamedNode } from '../../sdk/transport/index.ts'
import { randomConversation, sealInvitation } from '../../sdk/xmtp/index.ts'
import { badPeer, badPoints, badSealedKeys } from '../helpers/bad-keys.ts'
import { atOnce, type LightNetwork, startLightNetwork, textsOf, write } from '../helpers/light-network.ts'
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

const named = (token: string) => createNamedNode({ url: network.url, token: () => token })

/** The keys that an account has published. */
async function bundleOf({ address }: Client) {
  const request = { contentTopics: [ownedTopic('contact', address)], direction: 'descending' } as const
  const { envelopes } = await createAnonymousNode({ url: network.url }).queryPage(request)
  return decodeContact(envelopes[0]!.message)
}

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
    for (let i = 0; i < 11; i++) {
      const granted = await Promise.all(Array.from({ length: 30 }, () => alice.connections.grant(bob.address)))
      expect(granted).toEqual(Array(30).fill({ ok: true }))
    }
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

describe('a peer whose keys are none', () => {
  const cases = [
    ...Object.values(badSealedKeys).map((sealed) => ({ sealed })),
    ...Object.values(badPoints).map((preKey) => ({ preKey })),
    ...Object.values(badPoints).map((identity) => ({ identity })),
  ]
  test('costs nothing and says so each time it is written to; nothing is sealed to it, and others are as before', async () => {
    const { client: writer, recording } = await network.watched(0xb0)
    await write(alice, writer, 'gm')
    const opened = () => recording.take().filter(({ url }) => url.endsWith('/v1/lanes')).length
    for (const [i, keys] of cases.entries()) {
      const { account, envelopes } = await badPeer(0x20 + i, keys)
      await named(account.token).publish(envelopes)
      for (let attempt = 0; attempt < 2; attempt++) {
        opened()
        const answer = await writer.conversations
          .new(account.address)
          .then((conversation) => conversation.send('gm', { maxEffort: 60 }))
          .catch((error: unknown) => (error instanceof BaseError ? error : Promise.reject(error)))
        expect([answer, opened()]).toEqual([expect.objectContaining({ code: expect.any(String) }), 0])
      }
    }
    expect(await textsOf(writer)).toEqual(['gm'])
    await write(writer, alice, 'to a good one')
  })

  test('is not heard, and keeps nobody from being heard', async () => {
    const reader = await network.client(0xb0)
    await reader.policy.set('everyone')
    const recipient = await bundleOf(reader)
    const stream = await reader.streamAllMessages()
    for (const [i, keys] of cases.entries()) {
      const { account, bundle } = await badPeer(0x20 + i, keys)
      const now = BigInt(Date.now()) * 1_000_000n
      const header = encodeInvitationHeader({ sender: bundle, recipient, createdNs: now })
      const sealed = {
        headerBytes: header,
        ciphertext: sealCiphertext(header, { secret: header, associatedData: header }),
      }
      const sent = { timestampNs: now, message: encodeSealedInvitation(sealed) }
      await named(account.token).publish([{ ...sent, contentTopic: ownedTopic('invite', reader.address) }])
      await named(account.token).publish([{ ...sent, contentTopic: ownedTopic('intro', reader.address) }])
    }
    await write(alice, reader, 'gm')
    expect((await stream.next()).value).toMatchObject({ content: 'gm' })
    expect(await textsOf(reader)).toEqual(['gm'])
    expect(reader.skipped.invitations).toBeGreaterThanOrEqual(2 * cases.length)
  })
})

describe('strangers', () => {
  test('who invite, introduce and fill what is for groups write no entry into the log', async () => {
    const { client: bob, recording } = await network.watched(0xb0)
    await bob.policy.set('everyone')
    const recipient = await bundleOf(bob)
    for (let i = 0; i < 330; i++) {
      const createdNs = BigInt(Date.now()) * 1_000_000n
      const identity = await createIdentity(privateKeyToAccount(generatePrivateKey()), { createdMs: 0n })
      const token = createToken(identity, createdNs)
      const invitation = { invitation: randomConversation(), createdNs }
      const messages = {
        invite: sealInvitation(createKeyring(identity), recipient, invitation),
        intro: randomBytes(300),
        groupInvite: randomBytes(300),
      }
      const envelopes = Object.entries(messages).map(([kind, message]) => ({
        contentTopic: ownedTopic(kind as keyof typeof messages, bob.address),
        timestampNs: createdNs,
        message,
      }))
      await named(token).publish(envelopes)
    }
    recording.take()
    for (let i = 0; i < 3; i++) expect(await bob.conversations.list()).toHaveLength(330)
    expect(pagesIn(recording.take())).toBe(0)
  })
})

describe('streamAllMessages', () => {
  test('goes on after a moment without the node, with all conversations that began in it', async () => {
    const state = { isDown: false }
    const fetch: Fetch = async (url, init) => {
      if (state.isDown) throw new TypeError('down')
      return globalThis.fetch(url, init)
    }
    await network.client(0xb0)
    const bob = await network.client(0xb0, { anonymousFetch: fetch })
    const stream = await bob.streamAllMessages()
    const heard: unknown[] = []
    const all = (async () => {
      for await (const { content } of stream) if (heard.push(content) === 3) return
    })()
    state.isDown = true
    await write(alice, bob, 'a first letter') // comes in the account's name; its conversation is asked for in nobody's
    await write(alice, bob, 'into its conversation')
    await expect.poll(() => heard).toEqual(['a first letter'])
    await pause(700)
    state.isDown = false
    await expect.poll(() => heard, { timeout: 90_000 }).toEqual(['a first letter', 'into its conversation'])
    await write(alice, bob, 'and after it')
    await all
    expect(heard).toEqual(['a first letter', 'into its conversation', 'and after it'])
  })

  test('hears 60 sealed conversations over 6 connections, by one anonymous stream and at most two named', async () => {
    const bobs = await network.client(0xb0)
    await bobs.policy.set('everyone')
    const count = 60
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

describe('a stream that is not opened, or left before it is', () => {
  /** A fetch that fails or waits where a test says so. */
  function faultyFetch() {
    const state = { fault: (_: string): Promise<void> | undefined => undefined }
    const fetch: Fetch = async (url, init) => {
      await state.fault(`${url} ${String(init.body)}`)
      return globalThis.fetch(url, init)
    }
    return { state, fetch }
  }

  /** How many streams the node has open. */
  async function streams(): Promise<number> {
    const metrics = await (await globalThis.fetch(`${network.metricsUrl}/metrics`)).text()
    return Number(/^pennypost_open_streams (\d+)$/m.exec(metrics)?.[1])
  }

  test('leaves no subscription open', async () => {
    const bob = await network.client(0xb0)
    await write(alice, bob, 'gm')
    const { state, fetch } = faultyFetch()
    const client = await network.client(0xb0, { fetch })
    const [conversation] = await client.conversations.list()
    const openings = [
      () => client.streamAllMessages(),
      () => client.conversations.stream(),
      () => conversation!.stream(),
    ]
    for (const open of openings) {
      state.fault = async (asked) => {
        if (!asked.includes('/query')) return
        await expect.poll(streams).toBeGreaterThan(0) // it listens, and then cannot read what is there
        throw new TypeError('down')
      }
      await expect(open()).rejects.toMatchObject({ code: 'node.unavailable' })
      state.fault = () => undefined
      await expect.poll(streams).toBe(0)
    }
  })

  test('before its conversation is joined, listens to nothing then', async () => {
    const bob = await network.client(0xb0)
    await write(alice, bob, 'gm')
    const { state, fetch } = faultyFetch()
    const privacy = { copySeconds: 0, joinSeconds: 3_600, prepareSeconds: 0, waitSeconds: 0 }
    const client = await network.client(0xb0, { fetch, privacy })
    const [conversation] = await client.conversations.list()
    const stream = await conversation!.stream()
    let go: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    let isAsked = false
    state.fault = async (asked) => {
      if (!asked.includes('/subscribe') || !asked.includes('/m-')) return
      isAsked = true
      await held
    }
    await conversation!.send('an answer, which joins it')
    await expect.poll(() => isAsked).toBe(true)
    await stream.return?.()
    go()
    await pause(100)
    await expect.poll(streams).toBe(1) // the account's word on others is listened to for as long as the client lives
  })
})

describe('the first message on the topic of a conversation', () => {
  const long = 'x'.repeat(20_000)

  /** A client that lets time pass only when it is told, and a record of what it publishes. */
  async function patient(byte: number, privacy: Partial<Privacy>) {
    const waits: { ms: number; go: () => void }[] = []
    const events: ClientEvent[] = []
    const sleep: Sleep = (ms, signal) =>
      new Promise((go, reject) => {
        if (signal?.aborted) reject(signal.reason)
        waits.push({ ms, go })
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const onProgress = (event: ClientEvent) => events.push(event)
    const { client, recording } = await network.watched(byte, { privacy: { ...atOnce, ...privacy }, sleep, onProgress })
    waits.splice(0) // a client looks for lists now and then, from its beginning
    const published = () =>
      recording.sent.filter(
        ({ url, body }) => url.endsWith('/v1/publish') && new TextDecoder().decode(body).includes('/m-'),
      )
    return { client, waits, events, published }
  }

  test('does not follow a letter that cannot carry it, and is delivered after a while, once', async () => {
    const bob = await network.client(0xb0)
    const { client, waits, events, published } = await patient(0xc0, { joinSeconds: 3600 })
    const conversation = await client.conversations.new(bob.address)
    const calling = new AbortController()
    const calledBack = conversation.send(long, { maxEffort: 60, signal: calling.signal })
    await expect.poll(() => waits.length).toBe(1)
    expect(await bob.conversations.list()).toHaveLength(1) // the letter is there
    expect(events).toContainEqual({ kind: 'waiting', code: 'message.waits', seconds: 3600 })
    calling.abort(new Error('called back'))
    await expect(calledBack).rejects.toThrow('called back')

    const sent = conversation.send('instead')
    await expect.poll(() => waits.length).toBe(2)
    await pause(50)
    expect(published()).toEqual([])
    waits[1]?.go()
    expect(await sent).toMatchObject({ ok: true })
    expect(await conversation.send('and on')).toMatchObject({ ok: true })
    expect([waits.length, published().length]).toEqual([2, 2])
    expect(await textsOf(bob)).toEqual(['instead', 'and on'])
  })

  test('ends its wait with the client', async () => {
    const bob = await network.client(0xb0)
    const { client, waits } = await patient(0xc0, { joinSeconds: 3600 })
    const sending = (await client.conversations.new(bob.address)).send(long, { maxEffort: 60 })
    await expect.poll(() => waits.length).toBe(1)
    const failed = expect(sending).rejects.toThrow()
    await client.close()
    await failed
  })

  test('that is an answer waits where the account has asked for it, and no other does', async () => {
    const { client: bob, waits, published } = await patient(0xc0, { answerSeconds: 3600 })
    await write(alice, bob, 'gm')
    const [conversation] = await bob.conversations.list()
    const sent = conversation!.send('an answer')
    await expect.poll(() => waits.length).toBe(1)
    await pause(50)
    expect(published()).toEqual([])
    waits[0]?.go()
    expect(await sent).toMatchObject({ ok: true })
    expect(await conversation!.send('another')).toMatchObject({ ok: true })
    expect(await textsOf(alice)).toEqual(['gm', 'an answer', 'another'])
    expect(waits).toHaveLength(1)
  })
})
