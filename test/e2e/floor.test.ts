import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeLaneRequest } from '../../sdk/codec/index.ts'
import type { Client } from '../../sdk/index.ts'
import { startTrustee } from '../../service/trustee/index.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording, problem } from '../helpers/recording.ts'
import { makeUnattended } from '../helpers/unattended.ts'

knowSetup()

// A network whose floor asks every sender for a stamp, also of those who write to somebody who asks for nothing.

let network: TestNetwork
let alice: Client
const token = 10n ** 18n
const inMemory = {
  dataDir: undefined,
  metricsPort: 0,
  logLevel: 'silent',
  rule: 'everyone',
  floor: 'stamp 1',
  requestBits: 8,
} as const

beforeAll(async () => {
  network = await startTestNetwork({ floor: 'stamp 1' })
  alice = await network.client(await network.purse())
  await alice.stamps.buy({ count: 8 })
})
afterAll(() => network?.close())

describe('a floor', () => {
  test('is met for the letter and for the conversation, and answering stays free', async () => {
    const bob = await network.client()
    await bob.policy.set('everyone')
    const conversation = await alice.conversations.new(bob.address)
    expect(await conversation.send('gm')).toMatchObject({ ok: true, price: 2n * token })
    const [received] = await bob.conversations.list()
    expect(await received!.send('gm, alice')).toMatchObject({ ok: true, price: 0n })
    await conversation.messages() // times show full minutes: what is written comes after what was read
    expect(await conversation.send('and again')).toMatchObject({ ok: true, price: 0n })
    expect((await conversation.messages()).map(({ content }) => content)).toEqual(['gm', 'gm, alice', 'and again'])
    expect((await alice.stamps.balance()).stamps).toBe(6)
  })

  test('comes on top of what the recipient asks: a stamp for each, and one for the conversation', async () => {
    const bob = await network.client()
    await bob.policy.set('stamp 1')
    const conversation = await alice.conversations.new(bob.address)
    const { stamps } = await alice.stamps.balance()
    const quote = await conversation.quote()
    if (!quote.ok) return expect.fail(quote.message)
    expect(quote).toMatchObject({ stamps: 3, price: 3n * token })
    const tight = await conversation.send('gm', { maxPrice: 3n * token - 1n })
    expect(tight).toMatchObject({ ok: false, code: 'price.too-high' })
    expect(await conversation.send('gm', { quote })).toMatchObject({ ok: true, price: 3n * token })
    expect((await alice.stamps.balance()).stamps).toBe(stamps - 3)
    expect(await conversation.send('and again')).toMatchObject({ ok: true, price: 0n })
  })

  test('is met by a letter to who has no keys for each of its lanes: what is asked there, conversation, and channel', async () => {
    const bob = await makeUnattended(network.node.url)
    await alice.stamps.buy({ count: 8 })
    const { stamps } = await alice.stamps.balance()
    const conversation = await alice.conversations.new(bob.account.address)
    const quote = await conversation.quote()
    if (!quote.ok) return expect.fail(quote.message)
    expect(quote).toMatchObject({ stamps: 5, price: 5n * token, unattended: { escrow: 'sender', trustees: [] } })
    const tight = await conversation.send('gm', { maxPrice: 5n * token - 1n })
    expect(tight).toMatchObject({ ok: false, code: 'price.too-high' })
    expect(await conversation.send('gm', { quote })).toMatchObject({ ok: true, price: 5n * token })
    expect((await alice.stamps.balance()).stamps).toBe(stamps - 5)
    expect(await bob.waiting()).toHaveLength(1)
  })

  test('is met for trustees too: their letters, their channels, and no more than was said', async () => {
    const bob = await makeUnattended(network.node.url)
    const trustees = await Promise.all(
      [1, 2].map(() => startTrustee({ node: network.node.url, ...inMemory }, { beatMs: 100 })),
    )
    await alice.stamps.buy({ count: 16 })
    const { stamps } = await alice.stamps.balance()
    const conversation = await alice.conversations.new(bob.account.address)
    const escrow = { trustees: trustees.map(({ address }) => address) }
    const quote = await conversation.quote({ escrow })
    if (!quote.ok) return expect.fail(quote.message)
    expect(quote).toMatchObject({ stamps: 8, price: 8n * token, unattended: { escrow: 'threshold', threshold: 2 } })
    const tight = await conversation.send('gm', { escrow, maxPrice: 8n * token - 1n })
    expect(tight).toMatchObject({ ok: false, code: 'price.too-high' })
    expect((await alice.stamps.balance()).stamps).toBe(stamps)
    expect(await conversation.send('gm', { escrow, quote })).toMatchObject({ ok: true, price: 8n * token })
    expect((await alice.stamps.balance()).stamps).toBe(stamps - 8)
    expect(await bob.waiting()).toHaveLength(1)
    await Promise.all(trustees.map((trustee) => trustee.close()))
  })

  test('is not met beyond what the sender allows', async () => {
    const bob = await network.client()
    await bob.policy.set('everyone')
    const conversation = await alice.conversations.new(bob.address)
    expect(await conversation.send('gm', { maxPrice: token })).toMatchObject({ ok: false, code: 'price.too-high' })
  })

  test('gives a lying node no second payment out of what the conversation itself would cost', async () => {
    const bob = await network.client()
    await bob.policy.set('postage 1')
    const recording = createRecording()
    const payer = await network.client({ ...(await network.purse()), fetch: recording.fetch })
    await payer.stamps.buy({ count: 16 })
    const conversation = await payer.conversations.new(bob.address)
    recording.meddle(async (url, body) => {
      if (!url.endsWith('/v1/lanes') || !decodeLaneRequest(body).topic.includes('/sealed-')) return undefined
      await bob.policy.set('tip 0.5')
      return problem(403, 'policy.version-unknown')
    })
    const sent = await conversation.send('gm', { payment: true, maxPrice: 10n * token })
    expect(sent).toMatchObject({ ok: false, code: 'quote.outdated' })
    expect(await payer.payments.list()).toHaveLength(1)
  })
})
