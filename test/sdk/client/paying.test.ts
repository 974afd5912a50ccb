import { erc20Abi, HttpRequestError, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PaymentPlace } from '../../../sdk/codec/index.ts'
import type { Client, ClientEvent, Conversation } from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { withOpenings } from '../../helpers/openings.ts'
import { createRecording, problem } from '../../helpers/recording.ts'

knowSetup()

const [one, half] = [parseEther('1'), parseEther('0.5')]

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork()
})
afterAll(() => network?.close())

/** A client with tokens and gas. */
async function rich(tokens = 100) {
  const purse = await network.purse(tokens)
  return { purse, client: await network.client(purse) }
}

/** An account that asks for something, with gas to settle. */
async function asking(rule: string) {
  const { client, purse } = await rich(0)
  const set = await client.policy.set(parseRule(rule))
  if (!set.ok) throw new Error(set.message)
  return { client, purse }
}

/** The letter that somebody received. */
async function letterOf(client: Client): Promise<Conversation> {
  const [letter] = await client.conversations.list()
  return letter ?? expect.fail('The letter is not there.')
}

describe('a letter that is paid for', () => {
  test('is never paid without leave, shows its price first, and its reader sees what was paid', async () => {
    const [{ client: alice }, { client: bob, purse }] = [await rich(), await asking('postage 1 and bond 2 and tip 0.5')]
    const conversation = await alice.conversations.new(bob.address)
    expect(await conversation.send('gm')).toMatchObject({ ok: false, code: 'payment.not-allowed' })
    expect(await conversation.send('gm', { payment: true, maxPrice: one })).toMatchObject({ code: 'price.too-high' })
    expect(await conversation.send('gm', { payment: true, maxBond: one })).toMatchObject({ code: 'bond.too-high' })
    expect(await alice.payments.list()).toEqual([])

    const rate = { base: one, bond: 2n * one, tip: half }
    expect(await conversation.quote({ payment: true })).toMatchObject({
      ok: true,
      price: one + half,
      bond: 2n * one,
      payment: rate,
    })
    const sent = await conversation.send('gm', { payment: true, maxPrice: 2n * one, maxBond: 2n * one })
    expect(sent).toMatchObject({ ok: true, path: 'sealed', price: one + half, payment: rate })

    const letter = await letterOf(bob)
    expect(letter.payments).toMatchObject([{ ...rate, sender: alice.address }])
    const paid = { evidence: 'payment', isProven: true }
    expect(letter.evidence).toMatchObject(['postage 1', 'bond 2', 'tip 0.5'].map((text) => ({ text, ...paid })))
    const again = await network.client(purse)
    expect(await again.payments.look(letter)).toMatchObject([
      { isPaid: true, isSettled: false, isOver: false, burnRatio: { fine: 0, spam: 0, ratio: undefined } },
    ])
    const [before] = await again.payments.look(letter)
    expect(before?.verdict).toBeUndefined()
    expect(before?.closesAt).toBe((letter.payments[0]?.deliverBy ?? 0n) + 14n * 86_400n)
    expect(await network.later(120 * 86_400, () => again.payments.look(letter))).toMatchObject([{ isOver: true }])
    await again.payments.settle(letter, 'fine')
    expect(await again.payments.look(letter)).toMatchObject([{ isSettled: true, verdict: 'fine' }])
    const [made] = await alice.payments.list()
    expect(made).toMatchObject({ recipient: bob.address, count: 1, state: { fine: 1, open: 0, due: 2n * one } })
    expect(await alice.payments.refund()).toEqual({ amount: 2n * one })
    expect(await alice.payments.refund()).toEqual({ amount: 0n })
    expect(await (await letterOf(bob)).send('thanks')).toMatchObject({ ok: true, price: 0n })
    expect((await letterOf(await network.client(purse))).payments).toMatchObject([rate])
  })

  test('goes on after a crash with the payment that is made, and is not paid twice', async () => {
    const [{ purse }, { client: bob }] = [await rich(), await asking('postage 2')]
    const state = { isDown: false }
    const fetch: typeof globalThis.fetch = (input, init) =>
      state.isDown && String(input).includes('/v1/lanes') && state.isDown
        ? Promise.reject(new TypeError('The line is cut.'))
        : globalThis.fetch(input, init)
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === 'mined') state.isDown = true
    }
    const first = await network.client({ ...purse, fetch, onProgress })
    const cut = (await first.conversations.new(bob.address)).send('gm', { payment: true })
    await expect(cut).rejects.toMatchObject({ code: 'node.unavailable' })

    const next = await network.client(purse)
    const conversation = await next.conversations.new(bob.address)
    expect(await conversation.quote()).toMatchObject({ ok: true, price: 0n, payment: { base: 2n * one } })
    expect(await conversation.send('gm again')).toMatchObject({ ok: true, payment: { base: 2n * one } })
    expect(await next.payments.list()).toHaveLength(1)
    const about = { context: { conversationId: 'https://example.org/other' } }
    const other = await (await network.client(purse)).conversations.new(bob.address, about)
    expect(await other.send('more')).toMatchObject({ ok: false, code: 'payment.not-allowed' })
  })

  test.each<[string, 'simulated' | 'sent', number]>([
    ['before the payment was sent', 'simulated', 1],
    ['before its receipt was there', 'sent', 0],
  ])('goes on after a crash %s, with the very same payment', async (_, step, more) => {
    const [{ purse }, { client: bob }] = [await rich(), await asking('postage 2')]
    const controller = new AbortController()
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === step) controller.abort(new Error('cut'))
    }
    const first = await network.client({ ...purse, onProgress })
    const { signal } = controller
    const cut = (await first.conversations.new(bob.address)).send('gm', { payment: true, signal })
    await expect(cut).rejects.toThrow('cut')
    expect(await first.payments.list()).toHaveLength(1 - more)

    const next = await network.client(purse)
    const conversation = await next.conversations.new(bob.address)
    const quote = await conversation.quote()
    expect(quote).toMatchObject(more ? { ok: false, code: 'payment.not-allowed' } : { ok: true, price: 0n })
    const sent = await conversation.send('gm', { payment: true })
    expect(sent).toMatchObject({ ok: true, price: 2n * one * BigInt(more), payment: { base: 2n * one } })
    expect(await next.payments.list()).toHaveLength(1)
    expect((await letterOf(bob)).payments[0]?.id).toEqual((await next.payments.list())[0]?.id)
  })

  test('is pending where chain and prover fall silent, and not that the chain cannot be reached', async () => {
    const [{ purse }, { client: bob }] = [await rich(), await asking('postage 2')]
    const state = { isSent: false }
    const lost = () => Promise.reject(new HttpRequestError({ url: 'http://chain', details: 'reset' }))
    const cut = <T extends (asked: never) => unknown>(ask: T): T =>
      ((asked: never) => (state.isSent ? lost() : ask(asked))) as T
    const { publicClient } = purse.chain
    const { readContract, waitForTransactionReceipt, getTransaction } = publicClient
    const silent = {
      ...publicClient,
      readContract: cut(readContract),
      waitForTransactionReceipt: cut(waitForTransactionReceipt),
      getTransaction: cut(getTransaction),
    } as typeof publicClient
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === 'sent') state.isSent = true
    }
    const recording = createRecording()
    const stop = recording.meddle((url) =>
      state.isSent && url.startsWith(network.prover.url) ? problem(503, 'prover.unavailable') : undefined,
    )
    const chain = { ...purse.chain, publicClient: silent }
    const alice = await network.client({ ...purse, chain, fetch: recording.fetch })
    const conversation = await alice.conversations.new(bob.address)
    const sending = conversation.send('gm', { payment: true, onProgress })
    await expect(sending).rejects.toMatchObject({ code: 'payment.pending' })
    state.isSent = false
    stop()
    expect(await conversation.send('gm', { payment: true })).toMatchObject({ ok: true })
    expect(await alice.payments.list()).toHaveLength(1)
  })

  test('waits a minute for its checkpoint, however slow the prover is, and goes on without paying again', async () => {
    const [{ purse }, { client: bob }] = [await rich(), await asking('postage 2')]
    const recording = createRecording()
    const state = { isPaid: false, aheadSeconds: 0 }
    const now = () => Date.now() / 1000 + state.aheadSeconds
    const alice = await network.client({ ...purse, fetch: recording.fetch, now })
    const conversation = await alice.conversations.new(bob.address)
    const stop = recording.meddle((url) => {
      if (!state.isPaid || !url.startsWith(network.prover.url)) return undefined
      state.aheadSeconds += 10 // so long this prover takes for each answer
      return problem(503, 'prover.unavailable')
    })
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === 'mined') state.isPaid = true
    }
    const sent = await conversation.send('gm', { payment: true, onProgress })
    expect(sent).toMatchObject({ ok: false, code: 'payment.root-unknown' })
    expect(state.aheadSeconds).toBeLessThan(200)
    stop()
    state.aheadSeconds = 0
    expect(await conversation.send('gm', { payment: true })).toMatchObject({ ok: true, payment: { base: 2n * one } })
    expect(await alice.payments.list()).toHaveLength(1)
  })

  test('is delivered once by two clients that go on with one payment at the same time', async () => {
    const [{ purse }, { client: bob }] = [await rich(), await asking('postage 2')]
    const controller = new AbortController()
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === 'mined') controller.abort(new Error('cut'))
    }
    const first = await network.client({ ...purse, onProgress })
    const cut = (await first.conversations.new(bob.address)).send('gm', { payment: true, signal: controller.signal })
    await expect(cut).rejects.toThrow('cut')

    const clients = [await network.client(purse), await network.client(purse)]
    const sent = await Promise.all(
      clients.map(async (client, i) => (await client.conversations.new(bob.address)).send(`gm from ${i}`)),
    )
    expect(sent.filter(({ ok }) => ok)).toHaveLength(1)
    expect(['lane.used-up', 'envelope.counter-too-low']).toContain(sent.flatMap((it) => (it.ok ? [] : it.code))[0])
    expect(await bob.conversations.list()).toHaveLength(1)
    expect(await first.payments.list()).toHaveLength(1)
  })

  test('gets verdicts that anybody brings, several at once, and counts against who sends spam', async () => {
    const [{ client: mallory }, { client: bob, purse }] = [await rich(), await asking('tip 0.5 and bond 1')]
    const { client: carol } = await asking('tip 0.5')
    for (const { address } of [bob, carol]) {
      expect(await (await mallory.conversations.new(address)).send('buy!', { payment: true })).toMatchObject({
        ok: true,
      })
    }
    const [toBob, toCarol] = [await letterOf(bob), await letterOf(carol)]
    const reader = await network.client(purse)
    const [verdict] = await reader.payments.sign(toBob, 'spam')
    expect(await mallory.payments.bring([verdict!, verdict!])).toEqual({ settled: 1 })
    expect(await reader.payments.collect([{ conversation: toBob, verdict: 'fine' }])).toEqual({ settled: 0 })
    expect((await reader.payments.look(toBob))[0]?.burnRatio).toEqual({ fine: 0, spam: 1, ratio: 1 })
    const other = reader.payments.settle(toCarol, 'fine')
    await expect(other).rejects.toMatchObject({ code: 'payment.not-in-root' })
  })

  test.each([
    ['nothing of it', [], () => undefined],
    [
      'that it was worth more',
      [{ bond: 50n * one, isPaid: false }],
      ({ terms, ...place }: PaymentPlace) => ({ ...place, terms: { ...terms, bond: 50n * one } }),
    ],
  ])('by somebody who says %s in the letter costs bond and tip all the same', async (_, says, change) => {
    const [{ client: mallory }, { client: bob, purse }] = [await rich(), await asking('bond 2 and tip 0.5')]
    const conversation = await mallory.conversations.new(bob.address)
    const sending = () => conversation.send('buy!', { payment: true })
    expect(await withOpenings(change, sending)).toMatchObject({ ok: true })

    const { token, publicClient } = purse.chain as Required<typeof purse.chain>
    const balance = () =>
      publicClient.readContract({ address: token, abi: erc20Abi, functionName: 'balanceOf', args: [bob.address] })
    const reader = await network.client(purse)
    const [letter, before] = [await letterOf(reader), await balance()]
    expect(await reader.payments.look(letter)).toMatchObject([{ bond: 2n * one, tip: half, isPaid: true }, ...says])
    const { hash } = await reader.payments.settle(letter, 'spam')
    expect((await balance()) - before).toBe(half)
    expect(await reader.payments.settle(letter, 'spam')).toMatchObject({ hash })
    expect(await reader.payments.collect([{ conversation: letter, verdict: 'fine' }])).toEqual({ settled: 0 })
    const [made] = await mallory.payments.list()
    expect(made).toMatchObject({ state: { spam: 1, open: 0, due: 0n, burned: 2n * one, tipped: half } })
    await letter.send('please do not write again') // from now on it is in bob's log
    const again = await network.client(purse)
    expect((await again.payments.look(await letterOf(again)))[0]).toMatchObject({
      bond: 2n * one,
      isSettled: true,
      verdict: 'spam',
    })
  })

  test('needs a chain, and says so', async () => {
    const { client: bob } = await asking('postage 1')
    const poor = await network.client()
    const conversation = await poor.conversations.new(bob.address)
    await expect(conversation.send('gm', { payment: true })).rejects.toMatchObject({ code: 'chain.missing' })
    await expect(poor.payments.list()).rejects.toMatchObject({ code: 'chain.missing' })
    await expect(poor.payments.settle(conversation, 'fine')).rejects.toMatchObject({ code: 'payment.missing' })
    await expect(poor.stakes.stake()).rejects.toMatchObject({ code: 'chain.missing' })
    await expect(poor.notices.send(bob.address)).rejects.toMatchObject({ code: 'chain.missing' })
  })
})

describe('a stake', () => {
  test('opens letters without a price, on every client of the account, until its exit', async () => {
    const purse = await network.purse(2_000)
    await expect((await network.client(purse)).stakes.stake()).rejects.toMatchObject({ code: 'stake.unsafe' })
    const alice = await network.client({ ...purse, ...deviceOf(0, 2) })
    const { client: bob } = await asking('stake 1')
    const { client: carol } = await asking('stake 1')
    expect(await (await alice.conversations.new(bob.address)).send('gm')).toMatchObject({ code: 'policy.refused' })
    const terms = await alice.stakes.terms()
    expect(terms).toMatchObject({ amount: parseEther('100'), penalty: parseEther('50'), limit: 3 })
    expect(await alice.stakes.stake({ maxAmount: terms.amount })).toMatchObject({ limit: BigInt(terms.limit) })
    const before = await alice.stakes.status()
    expect(before).toMatchObject({ deposit: { class: 1, exitAt: 0n }, tickets: [{ class: 1 }] })
    const limit = before.tickets[0]?.left ?? 0

    const sent = await (await alice.conversations.new(bob.address)).send('gm')
    expect(sent).toMatchObject({ ok: true, price: 0n })
    const second = await network.client({ ...purse, ...deviceOf(1, 2) })
    expect((await second.stakes.status()).tickets).not.toEqual([])
    expect(limit).toBeGreaterThan(0)
    expect(await (await second.conversations.new(carol.address)).send('gm')).toMatchObject({ ok: true, price: 0n })
    expect(await letterOf(carol)).toMatchObject({ peerAddress: alice.address })

    const { exitAt } = await second.stakes.requestExit()
    expect((await alice.stakes.status()).deposit?.exitAt).toBe(exitAt)
    await expect(alice.stakes.exit()).rejects.toMatchObject({ code: 'stake.too-early' })
  })
})

test('a stamp costs what the signed terms say, and what is bought for that', async () => {
  const { client, purse } = await rich()
  const price = await client.stamps.price()
  expect(price).toBe(one)
  await expect(client.stamps.buy({ count: 2, maxPrice: 2n * one - 1n })).rejects.toMatchObject({
    code: 'postage.price-too-high',
  })
  await client.stamps.buy({ count: 2, maxPrice: 2n * one })
  const alone = await network.client({ ...purse, prover: 'http://127.0.0.1:9' })
  expect([one, undefined]).toContain(await alone.stamps.price())
})

test('a notice tells an address that never was here, once or more', async () => {
  const { client: alice } = await rich()
  const stranger = '0x00000000000000000000000000000000000000aa'
  expect(await alice.notices.send(stranger)).toMatchObject({ count: 1 })
  expect(await alice.notices.send(stranger)).toMatchObject({ count: 2 })
  expect(await alice.notices.of(stranger)).toMatchObject({ isHeld: true, count: 2 })
})
