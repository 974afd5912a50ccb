import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client, Message } from '../../sdk/index.ts'
import { startTestNetwork, type TestNetwork } from '../helpers/network.ts'
import { createStockApp } from '../helpers/stock.ts'

// Our client and unmodified stock clients on one node, whose default rule is a request that takes little work.

let network: TestNetwork
let alice: Client

beforeAll(async () => {
  network = await startTestNetwork()
  alice = await network.client()
})
afterAll(() => network?.close())

const stockClient = (version: 11 | 12 | 13 = 13, key = generatePrivateKey()) =>
  createStockApp(key, { url: network.node.url, version })

async function textsOf(conversation: { messages(): Promise<{ content?: unknown }[]> }): Promise<unknown[]> {
  return (await conversation.messages()).map(({ content }) => content)
}

describe.each([11, 12, 13] as const)('with a stock client %i', (version) => {
  test('our client begins, says that the path is visible, and both write', async () => {
    const bob = await stockClient(version)
    const conversation = await alice.conversations.new(bob.address)
    expect(conversation).toMatchObject({ kind: 'invitation', path: 'visible' })
    expect(await conversation.quote()).toMatchObject({ path: 'visible', isFirst: true, conditions: ['request'] })
    expect(await conversation.send('gm')).toMatchObject({ ok: false, code: 'path.visible' })
    const sent = await conversation.send('gm', { path: 'visible' })
    expect(sent).toEqual(expect.objectContaining({ ok: true, path: 'visible', price: 0n }))
    expect(await conversation.quote()).toMatchObject({ isFirst: false, conditions: [] })

    const [received] = await bob.conversations.list()
    expect(received).toMatchObject({ peerAddress: alice.address, topic: conversation.topic })
    await received.send('gm, alice')
    expect(await textsOf(received)).toEqual(['gm', 'gm, alice'])
    expect(await textsOf(conversation)).toEqual(['gm', 'gm, alice'])
    expect(await alice.consent(bob.address)).toBe('allowed')
  })

  test('the stock client begins once a rule lets it, and both write', async () => {
    const carol = await network.client()
    await carol.policy.set('everyone')
    const bob = await stockClient(version)
    const begun = await bob.conversations.newConversation(carol.address)
    await begun.send('gm, carol')
    const [conversation] = await carol.conversations.list()
    expect(conversation).toMatchObject({ peerAddress: bob.address, kind: 'invitation' })
    expect(await textsOf(conversation!)).toEqual(['gm, carol'])
    expect(await conversation!.send('gm, bob')).toMatchObject({ ok: true })
    expect(await textsOf(begun)).toEqual(['gm, carol', 'gm, bob'])
  })

  test('an account has one identity in both, whichever made it', async () => {
    const [ours, theirs] = [generatePrivateKey(), generatePrivateKey()]
    const first = await network.client({ key: ours })
    await stockClient(version, theirs)
    const [stockAgain, oursAgain] = [await stockClient(version, ours), await network.client({ key: theirs })]
    expect(await (await alice.conversations.new(oursAgain.address)).send('to a stock identity')).toMatchObject({
      ok: true,
    })
    expect((await oursAgain.conversations.list()).map(({ kind }) => kind)).toEqual(['letter'])
    expect(stockAgain.address).toBe(first.address)
    expect(await first.canMessage(theirs && oursAgain.address)).toBe(true)
  })
})

describe('a stock app that is refused', () => {
  test('is let in by a connection, and its invitation was not lost', async () => {
    const carol = await network.client()
    await carol.policy.set('stamp 1')
    const bob = await stockClient()
    await expect(bob.conversations.newConversation(carol.address)).rejects.toThrow(/policy\.refused/)
    expect(await carol.conversations.list()).toEqual([])
    expect(await carol.connections.grant(bob.address)).toMatchObject({ ok: false, code: 'path.visible' })
    expect(await carol.connections.grant(bob.address, { path: 'visible' })).toEqual({ ok: true })
    expect((await carol.conversations.list()).map(({ peerAddress }) => peerAddress)).toEqual([bob.address])
  })

  test('is let in by whoever shows for it what is asked', async () => {
    const carol = await network.client()
    await carol.policy.set('request')
    const bob = await stockClient()
    await expect(bob.conversations.newConversation(carol.address)).rejects.toThrow(/policy\.refused/)
    expect(await alice.openWalletLane({ wallet: bob.address, recipient: carol.address })).toEqual({
      ok: true,
      price: 0n,
      isDelivered: true,
    })
    expect(await carol.conversations.list()).toHaveLength(1)
  })
})

describe('a mirror', () => {
  test('shows letters to the stock app of the same account, which can answer', async () => {
    const key = generatePrivateKey()
    const carol = await network.client({ key, mirror: true })
    expect(await (await alice.conversations.new(carol.address)).send('a letter')).toMatchObject({
      ok: true,
      path: 'sealed',
    })
    const [letter] = await carol.conversations.list()
    expect(await letter!.send('accepted')).toMatchObject({ ok: true })

    const app = await stockClient(13, key)
    const [shown] = await app.conversations.list()
    expect(shown).toMatchObject({ topic: letter!.topic, peerAddress: alice.address })
    expect((await textsOf(shown)).toSorted()).toEqual(['a letter', 'accepted'])
    await shown.send('from the app')
    expect(await textsOf(letter!)).toEqual(['a letter', 'accepted', 'from the app'])
    expect((await carol.conversations.list()).map(({ topic, kind }) => ({ topic, kind }))).toEqual([
      { topic: letter!.topic, kind: 'letter' },
    ])
  })
})

describe('streams', () => {
  async function next(stream: AsyncIterableIterator<Message>): Promise<unknown> {
    const { value } = await stream.next()
    return value?.content
  }

  test('of all messages bring letters, invitations and answers, also in conversations begun meanwhile', async () => {
    const carol = await network.client()
    await carol.policy.set('everyone')
    const stream = await carol.streamAllMessages()

    const letter = await alice.conversations.new(carol.address)
    await letter.send('in the letter')
    expect(await next(stream)).toBe('in the letter')
    await letter.send('after it')
    expect(await next(stream)).toBe('after it')

    const bob = await stockClient()
    const open = await bob.conversations.newConversation(carol.address)
    await open.send('in the open')
    expect(await next(stream)).toBe('in the open')

    const dave = await network.client()
    const begun = await carol.conversations.new(dave.address)
    await begun.send('hello, dave')
    const [received] = await dave.conversations.list()
    await received!.send('hello, carol')
    expect(await next(stream)).toBe('hello, carol')
    await stream.return?.()
  })

  test('of one conversation bring both sides', async () => {
    const carol = await network.client()
    const conversation = await alice.conversations.new(carol.address)
    await conversation.send('first')
    const stream = await conversation.stream()
    const [received] = await carol.conversations.list()
    await received!.send('second')
    expect(await next(stream)).toBe('second')
    await conversation.send('third')
    expect(await next(stream)).toBe('third')
    await stream.return?.()
  })

  test('of one conversation that is still to begin in the open bring its first message', async () => {
    const conversation = await alice.conversations.new((await stockClient()).address)
    const stream = await conversation.stream()
    expect(await conversation.messages()).toEqual([])
    await conversation.send('first', { path: 'visible' })
    expect(await next(stream)).toBe('first')
    await stream.return?.()
  })

  test('of conversations bring those that others begin', async () => {
    const carol = await network.client()
    const stream = await carol.conversations.stream()
    await (await alice.conversations.new(carol.address)).send('gm')
    const { value } = await stream.next()
    expect(value).toMatchObject({ peerAddress: alice.address, kind: 'letter' })
    await stream.return?.()
  })
})
