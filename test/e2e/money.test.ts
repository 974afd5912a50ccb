import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeCheckpoint, decodeLaneRequest } from '../../sdk/codec/index.ts'
import { equalBytes } from '../../sdk/crypto/index.ts'
import type { Client, ClientEvent, GivenChain } from '../../sdk/index.ts'
import { createProverClient } from '../../sdk/transport/index.ts'
import { knowSetup } from '../helpers/known-setup.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createRecording, problem } from '../helpers/recording.ts'

knowSetup()

// Recipients and nodes who try to make a sender spend more than it allowed. What counts is what the chain and the books say.
// A tree has room for two notes: all of it goes on from one to the next.

const one = parseEther('1')

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork({ treeCapacity: 2 })
})
afterAll(() => network?.close())

async function asking(rule: string): Promise<Client> {
  const client = await network.client()
  const set = await client.policy.set(rule)
  if (!set.ok) throw new Error(set.message)
  return client
}

/** What a client has left for good on the chain: base and tip of all payments, and the stamps that are gone. */
async function spentBy(client: Client, stamps = 0): Promise<bigint> {
  const paid = (await client.payments.list()).reduce((sum, { base, tip }) => sum + base + tip, 0n)
  const gone = stamps - (await client.stamps.balance()).stamps
  return paid + BigInt(gone) * one
}

/** A chain whose receipts come only after something else has happened. */
function slowed(chain: GivenChain, meanwhile: () => Promise<unknown>): GivenChain {
  const waitForTransactionReceipt: GivenChain['publicClient']['waitForTransactionReceipt'] = async (options) => {
    const receipt = await chain.publicClient.waitForTransactionReceipt(options)
    await meanwhile()
    return receipt
  }
  return { ...chain, publicClient: { ...chain.publicClient, waitForTransactionReceipt } }
}

const isSealedLane = (url: string, body: Uint8Array) =>
  url.endsWith('/v1/lanes') && decodeLaneRequest(body).topic.includes('/sealed-')

describe('a recipient who raises its price', () => {
  test('18 times while a payment is mined gets no more than was agreed to first, however often that is tried', async () => {
    const [bob, purse] = [await asking('postage 1'), await network.purse()]
    let price = 100
    const raise = async () => {
      for (let i = 0; i < 18; i++) await bob.policy.set(`postage ${++price / 100}`)
    }
    const alice = await network.client({ ...purse, chain: slowed(purse.chain, raise) })
    const conversation = await alice.conversations.new(bob.address)
    const terms = { payment: true, maxPrice: 2n * one }
    const sent = await conversation.send('gm', terms)
    expect(sent.ok ? 'sent' : sent.code).toMatch(/^(sent|quote\.outdated)$/)
    expect(await spentBy(alice)).toBe(one)
    for (let i = 0; i < 3 && conversation.isNew; i++) await conversation.send('gm', terms)
    expect(await spentBy(alice)).toBeLessThanOrEqual(2n * one)
    expect((await alice.payments.list()).length).toBeLessThanOrEqual(2)
  })

  test('never makes a price, an allowance or a quote negative', async () => {
    const [bob, purse] = [await asking('postage 1'), await network.purse()]
    const recording = createRecording()
    const alice = await network.client({ ...purse, fetch: recording.fetch })
    const conversation = await alice.conversations.new(bob.address)
    let price = 1
    const stop = recording.meddle(async (url, body) => {
      if (!isSealedLane(url, body)) return undefined
      await bob.policy.set(`postage ${++price} and bond ${price}`)
      return problem(403, 'policy.version-unknown')
    })
    for (const maxPrice of [one, one / 2n, 0n]) {
      const [sent, quote] = [
        await conversation.send('gm', { payment: true, maxPrice, maxBond: 0n }),
        await conversation.quote({ payment: true, maxPrice, maxBond: 0n }),
      ]
      for (const answer of [sent, quote]) {
        expect(answer.ok).toBe(false)
        expect(answer).toMatchObject({ message: expect.not.stringMatching(/-\d/) })
      }
    }
    stop()
    expect(await spentBy(alice)).toBe(one)
  })
})

describe('notes in several trees', () => {
  test('are all good, those of older trees first, each under the root of its own', async () => {
    const roots: Uint8Array[] = []
    const recording = createRecording()
    const alice = await network.client({ ...(await network.purse()), fetch: recording.fetch })
    for (let i = 0; i < 3; i++) await alice.stamps.buy({ count: 1 })
    const stop = recording.meddle(async (url, body) => {
      if (!isSealedLane(url, body)) return undefined
      for (const { kind } of decodeLaneRequest(body).evidence) if (kind.case === 'ticket') roots.push(kind.value.root)
      return undefined
    })
    for (const recipient of [await asking('stamp 1'), await asking('stamp 1'), await asking('stamp 1')]) {
      const conversation = await alice.conversations.new(recipient.address)
      expect(await conversation.send('gm', { maxPrice: one })).toMatchObject({ ok: true })
    }
    stop()
    expect((await alice.stamps.balance()).stamps).toBe(0)

    const signed = await createProverClient({ url: network.prover.url }).latestCheckpoint()
    const { trees } = decodeCheckpoint(signed?.checkpoint ?? new Uint8Array())
    const numbers = roots.map((root) => trees.findIndex((tree) => equalBytes(tree, root)))
    expect(numbers).not.toContain(-1)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    expect(new Set(numbers).size).toBe(2)
  })
})

describe('a lying node', () => {
  test.each([
    ['postage', { payment: true }, 0],
    ['stamp', {}, 64],
  ])(
    'that knows no version and serves another one each time gets the agreed price, of %s',
    async (kind, terms, count) => {
      const [bob, purse] = [await asking(`${kind} 1`), await network.purse(200)]
      const recording = createRecording()
      const alice = await network.client({ ...purse, fetch: recording.fetch })
      if (count > 0) await alice.stamps.buy({ count })
      const conversation = await alice.conversations.new(bob.address)
      let lies = 0
      const stop = recording.meddle(async (url, body) => {
        if (!isSealedLane(url, body) || lies >= 9) return undefined
        lies++
        await bob.policy.set(lies % 2 ? `${kind} ${lies + 1}` : `${kind} 1 and work ${lies}`)
        return problem(403, 'policy.version-unknown')
      })
      const sent = await conversation.send('gm', { ...terms, maxPrice: 20n * one })
      stop()
      expect(lies).toBeGreaterThan(0)
      expect(sent).toMatchObject({ ok: false, code: 'quote.outdated' })
      expect(await spentBy(alice, count)).toBeLessThanOrEqual(count > 0 ? 6n * one : one) // ids of one block may be lost
      expect((await alice.payments.list()).length).toBeLessThanOrEqual(1)
    },
  )
})

describe('a quote', () => {
  const recording = createRecording()
  let alice: Client
  beforeAll(async () => {
    alice = await network.client({ ...(await network.purse(200)), fetch: recording.fetch })
    await alice.stamps.buy({ count: 128 })
  })

  test.each([
    ['dearer', 'stamp 3'],
    ['cheaper', 'stamp 1'],
    ['of another kind', 'postage 1'],
    ['of work', 'work 30'],
    ['impossible', 'nobody'],
  ])('is what is spent, or is outdated, where a policy came that is %s', async (_, rule) => {
    const bob = await asking('stamp 2')
    const conversation = await alice.conversations.new(bob.address)
    const quote = await conversation.quote()
    if (!quote.ok) return expect.fail(quote.message)
    expect(quote).toMatchObject({ price: 2n * one, stamps: 2 })
    await bob.policy.set(rule)
    const sent = await conversation.send('gm', { quote, payment: true })
    if (sent.ok) expect(sent.price).toBe(quote.price)
    else expect(sent.code).toBe('quote.outdated')
    expect(await alice.payments.list()).toEqual([])
  })

  test('that a node makes impossible is outdated, costs nothing more, and holds for all calls together', async () => {
    const bob = await asking('stamp 2')
    const conversation = await alice.conversations.new(bob.address)
    const quote = await conversation.quote()
    if (!quote.ok) return expect.fail(quote.message)
    const stop = recording.meddle((url, body) => (isSealedLane(url, body) ? problem(409, 'ticket.used') : undefined))
    const codes: string[] = []
    for (let i = 0; i < 4; i++) {
      const sent = await conversation.send('gm', { quote })
      codes.push(sent.ok ? 'sent' : sent.code)
    }
    stop()
    expect(codes).toEqual(['ticket.used', 'quote.outdated', 'quote.outdated', 'quote.outdated'])
    const again = await conversation.quote()
    expect(again).toMatchObject({ ok: true, price: 2n * one, spent: { price: 2n * one } })
    if (again.ok) expect(await conversation.send('gm', { quote: again })).toMatchObject({ ok: true, price: 4n * one })
  })

  test('that was read after the conversation was opened counts, and not what was read before', async () => {
    const bob = await asking('stamp 4')
    const conversation = await alice.conversations.new(bob.address)
    await bob.policy.set('stamp 1')
    const quote = await conversation.quote()
    if (!quote.ok) return expect.fail(quote.message)
    expect(await conversation.send('gm', { quote })).toMatchObject({ ok: true, price: one })
  })
})

describe('work', () => {
  test.each([
    ['free of charge', { maxPrice: 0n }, 'work 28'],
    ['beyond what was allowed', { maxEffort: 0.001 }, 'work 20'],
  ])('is not begun, %s', async (_, terms, rule) => {
    const bob = await asking(rule)
    const events: ClientEvent[] = []
    const alice = await network.client({ onProgress: (event) => events.push(event) })
    const conversation = await alice.conversations.new(bob.address)
    expect(await conversation.send('gm', terms)).toMatchObject({ ok: false, code: 'effort.too-high' })
    expect(events.filter(({ kind }) => kind === 'working')).toEqual([])
  })
})
