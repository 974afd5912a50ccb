import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgeTicket, publishAgain, useElsewhere } from '../../scripts/start/cheat.ts'
import { decodeLaneRequest, decodePublishRequest } from '../../sdk/codec/index.ts'
import type { Client, ClientEvent } from '../../sdk/index.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording } from '../helpers/recording.ts'
import { stock } from '../helpers/stock.ts'

let network: TestNetwork
let alice: Client
let bob: Client
const events: ClientEvent[] = []
const recording = createRecording()

beforeAll(async () => {
  network = await startTestNetwork()
  const { key, chain } = await network.purse()
  bob = await network.client()
  alice = await network.client({ key, chain, fetch: recording.fetch, onProgress: (event) => events.push(event) })
})
afterAll(() => network?.close())

describe('a message that earns its delivery', () => {
  test('a recipient says what strangers must show', async () => {
    expect(await bob.policy.set('connection or stamp 1')).toMatchObject({ ok: true, version: 2n })
    expect(await alice.policy.get(bob.address)).toMatchObject({ text: 'connection or stamp 1', isSealed: true })
  })

  test('a stock app is refused with a reason, a price and a place to go', async () => {
    const account = network.connect(generatePrivateKey()).account
    const wallet = {
      getAddress: async () => account.address,
      signMessage: (message: string) => account.signMessage({ message }),
    }
    const app = await stock[13].Client.create(wallet, { apiUrl: network.node.url, env: 'local' })
    await network.node.refresh()
    const refusal = await app.conversations.newConversation(bob.address).catch((error: Error) => error.message)
    expect(refusal).toMatch(/^policy\.refused: .*you use one stamp \(one stamp costs 1 tokens?\)/)
    expect(refusal).toContain(network.node.url)
    expect(await bob.conversations.list()).toEqual([])
  })

  test('a sender without stamps is told what one costs, and that the path is sealed', async () => {
    const conversation = await alice.conversations.new(bob.address)
    expect(await conversation.quote()).toMatchObject({ ok: true, path: 'sealed', price: 10n ** 18n, stamps: 1 })
    const refused = await conversation.send('gm')
    expect(refused).toMatchObject({ ok: false, code: 'stamps.missing' })
    expect(!refused.ok && refused.missing).toContainEqual(
      expect.objectContaining({ condition: 'stamp 1', price: 10n ** 18n }),
    )
  })

  test('stamps are bought on chain', async () => {
    const purchase = await alice.stamps.buy({ count: 8 })
    expect(purchase).toMatchObject({ limit: 8n, cost: 8n * 10n ** 18n })
    expect(await alice.stamps.balance()).toMatchObject({ stamps: 8 })
  })

  test('a letter is sent, received, read and answered free of charge', async () => {
    const conversation = await alice.conversations.new(bob.address)
    const sent = await conversation.send('gm, bob')
    expect(sent).toMatchObject({ ok: true, path: 'sealed', price: 10n ** 18n })
    expect(await alice.stamps.balance()).toMatchObject({ stamps: 7 })

    const [received] = await bob.conversations.list()
    expect(received).toMatchObject({ peerAddress: alice.address, kind: 'letter', path: 'sealed' })
    expect((await received!.messages()).map(({ content, sender }) => ({ content, sender }))).toEqual([
      { content: 'gm, bob', sender: alice.address },
    ])

    expect(await received!.send('gm, alice')).toMatchObject({ ok: true, price: 0n })
    expect((await conversation.messages()).map(({ content }) => content)).toEqual(['gm, bob', 'gm, alice'])
    expect(await conversation.send('and again')).toMatchObject({ ok: true, price: 0n })
    expect((await received!.messages()).map(({ content }) => content)).toEqual(['gm, bob', 'gm, alice', 'and again'])
    expect(await alice.stamps.balance()).toMatchObject({ stamps: 7 })
  })

  test('each step was told', () => {
    const kinds = new Set(events.map(({ kind }) => kind))
    for (const kind of ['identity', 'quoted', 'purchase', 'tree', 'proving', 'lane', 'publishing', 'published']) {
      expect(kinds, kind).toContain(kind)
    }
    const lanes = events.flatMap((event) => (event.kind === 'lane' && event.step === 'opened' ? [event.purpose] : []))
    expect(lanes).toEqual(['first-contact', 'conversation', 'reply'])
  })
})

describe('what was recorded of it', () => {
  const lane = () => {
    const requests = recording.sent
      .filter(({ url }) => url.endsWith('/v1/lanes'))
      .map(({ body }) => decodeLaneRequest(body))
    return requests.find(({ topic }) => topic.includes('/sealed-'))!
  }
  const letter = () => {
    const requests = recording.sent.filter(({ url }) => new URL(url).pathname === '/v1/publish')
    const envelopes = requests.flatMap(({ body }) => decodePublishRequest(body).envelopes)
    return envelopes.find(({ envelope }) => envelope?.contentTopic.includes('/sealed-'))!
  }

  test('opens no other lane: the stamp is used', async () => {
    expect(await useElsewhere(network.node.url, lane())).toBe('ticket.used')
  })

  test('makes no other stamp: a forged one does not verify', async () => {
    expect(await forgeTicket(network.node.url, lane())).toBe('ticket.proof-invalid')
  })

  test('publishes nothing more: a lane of a first contact carries one envelope', async () => {
    expect(await publishAgain(network.node.url, letter())).toBe('lane.used-up')
  })

  test('delivers nothing twice: repeated unchanged, it is what is there', async () => {
    const requests = recording.sent.filter(({ url }) => /^\/v1\/(lanes|publish)$/.test(new URL(url).pathname))
    for (const { url, body } of requests) {
      const answer = await fetch(url, {
        method: 'POST',
        body: body as never,
        headers: { 'content-type': 'application/x-protobuf' },
      })
      expect(answer.ok).toBe(true)
    }
    const [received, ...more] = await bob.conversations.list()
    expect(more).toEqual([])
    expect(await received!.messages()).toHaveLength(3)
  })

  test('opens no further lane for a blocked sender, who has stamps left', async () => {
    expect(await bob.block(alice.address)).toMatchObject({ ok: true })
    const another = await alice.conversations.new(bob.address, { context: { conversationId: 'example.org/again' } })
    expect(await another.send('me again')).toMatchObject({ ok: false, code: 'policy.blocked' })
  })
})
