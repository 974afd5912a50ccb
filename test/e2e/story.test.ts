import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client, ClientEvent } from '../../sdk/index.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'

let network: TestNetwork
let alice: Client
let bob: Client
const events: ClientEvent[] = []

beforeAll(async () => {
  network = await startTestNetwork()
  const { key, chain } = await network.purse()
  bob = await network.client()
  alice = await network.client({ key, chain, onProgress: (event) => events.push(event) })
})
afterAll(() => network?.close())

describe('a message that earns its delivery', () => {
  test('a recipient says what strangers must show', async () => {
    expect(await bob.policy.set('connection or stamp 1')).toMatchObject({ ok: true, version: 2n })
    expect(await alice.policy.get(bob.address)).toMatchObject({ text: 'connection or stamp 1', isSealed: true })
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
    expect(sent).toMatchObject({ ok: true, path: 'sealed', price: 10n ** 18n, isRecorded: true })
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
})
