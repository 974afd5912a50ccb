import { generatePrivateKey } from 'viem/accounts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client, ClientEvent } from '../../../sdk/index.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { createStockApp } from '../../helpers/stock.ts'

knowSetup()

const token = 10n ** 18n

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork()
})
afterAll(() => network?.close())

/** Somebody who asks strangers for that. */
async function asking(rule: string): Promise<Client> {
  const client = await network.client()
  const set = await client.policy.set(rule)
  if (!set.ok) throw new Error(set.message)
  return client
}

/** A stock app whose invitation the node has refused, and keeps. */
async function refused(recipient: Client): Promise<string> {
  const app = await createStockApp(generatePrivateKey(), { url: network.node.url })
  await expect(app.conversations.newConversation(recipient.address)).rejects.toThrow(/policy\.refused/)
  return app.address
}

/** A way to begin clients of one account that share what lies on the device, as a page does that is loaded again. */
async function device() {
  const purse = await network.purse()
  const { storage } = deviceOf()
  return { purse, load: () => network.client({ ...purse, storage }) }
}

/** Ends a call as a page does that is closed at some step: nothing is told, nothing is given back. */
async function cutOffAt(step: (event: ClientEvent) => boolean, call: (options: object) => Promise<unknown>) {
  const ending = new AbortController()
  const onProgress = (event: ClientEvent) => step(event) && ending.abort()
  await expect(call({ signal: ending.signal, onProgress })).rejects.toThrow()
}

describe('a lane for a wallet', () => {
  test('says before what it takes, also with stamps that are still to be bought', async () => {
    const carol = await asking('request or stamp 2')
    const lane = { wallet: await refused(carol), recipient: carol.address }
    const { load } = await device()
    const client = await load()
    expect(await client.quoteWalletLane(lane)).toMatchObject({ ok: true, price: 0n, conditions: ['request'] })
    expect(await client.quoteWalletLane(lane, { maxEffort: 0 })).toMatchObject({
      ok: true,
      price: 2n * token,
      stamps: 2,
      held: { stamps: 0 },
      path: 'visible',
    })
    expect(await client.quoteWalletLane(lane, { maxEffort: 0, postage: 'none' })).toMatchObject({ ok: false })
    expect(await carol.conversations.list()).toEqual([])
  })

  test('is opened at the quote that was shown, and says that what had waited is delivered', async () => {
    const carol = await asking('request or stamp 1')
    const lane = { wallet: await refused(carol), recipient: carol.address }
    const client = await (await device()).load()
    const quote = await client.quoteWalletLane(lane)
    if (!quote.ok) throw new Error(quote.message)
    expect(await client.openWalletLane(lane, { quote })).toEqual({ ok: true, price: 0n, isDelivered: true })
    expect((await carol.conversations.list()).map(({ peerAddress }) => peerAddress)).toEqual([lane.wallet])
    expect(await client.quoteWalletLane(lane)).toMatchObject({ isFirst: false, price: 0n, conditions: [] })
  })

  test('says that nothing had waited', async () => {
    const carol = await asking('request')
    const lane = { wallet: `0x${'2'.repeat(40)}`, recipient: carol.address }
    expect(await (await network.client()).openWalletLane(lane)).toEqual({ ok: true, price: 0n, isDelivered: false })
  })
})

describe('a payment for a wallet', () => {
  const rate = { base: token, bond: 2n * token, tip: token / 2n }
  const rule = 'postage 1 and bond 2 and tip 0.5'

  test('is made with leave only, and its reader sees it beside the invitation', async () => {
    const carol = await asking(rule)
    const lane = { wallet: await refused(carol), recipient: carol.address }
    const { load } = await device()
    const client = await load()
    expect(await client.quoteWalletLane(lane)).toMatchObject({ ok: false, code: 'payment.not-allowed' })
    expect(await client.openWalletLane(lane)).toMatchObject({ ok: false, code: 'payment.not-allowed' })
    const quote = await client.quoteWalletLane(lane, { payment: true })
    if (!quote.ok) throw new Error(quote.message)
    expect(quote).toMatchObject({ price: rate.base + rate.tip, bond: rate.bond, payment: rate })
    expect(await client.openWalletLane(lane, { payment: true, maxBond: token })).toMatchObject({
      code: 'bond.too-high',
    })
    expect(await client.payments.list()).toEqual([])
    expect(await client.openWalletLane(lane, { payment: true, quote })).toMatchObject({ ok: true, isDelivered: true })
    const [invitation] = await carol.conversations.list()
    expect(invitation?.payments).toMatchObject([rate])
    expect(await client.payments.list()).toMatchObject([{ ...rate, recipient: carol.address }])
  })

  test('is made once, though the page is loaded again, and is no letter’s', async () => {
    const carol = await asking(rule)
    const lane = { wallet: await refused(carol), recipient: carol.address }
    const { load } = await device()
    const first = await load()
    await cutOffAt(
      (event) => event.kind === 'chain' && event.step.kind === 'mined',
      (step) => first.openWalletLane(lane, { ...step, payment: true }),
    )
    const second = await load()
    const letter = await second.conversations.new(carol.address)
    expect(await letter.quote()).toMatchObject({ ok: false, code: 'payment.not-allowed' })
    expect(await second.quoteWalletLane(lane)).toMatchObject({ ok: true, price: 0n, payment: rate })
    expect(await second.openWalletLane(lane)).toMatchObject({ ok: true, isDelivered: true })
    expect(await second.payments.list()).toHaveLength(1)
    expect((await carol.conversations.list())[0]?.payments).toMatchObject([rate])
  })
})

describe('a page that is loaded again', () => {
  test('while it proves goes on with the one stamp that it has', async () => {
    const carol = await asking('stamp 1')
    const lane = { wallet: await refused(carol), recipient: carol.address }
    const { load } = await device()
    const first = await load()
    await first.stamps.buy({ count: 1 })
    await cutOffAt(
      (event) => event.kind === 'proving',
      (step) => first.openWalletLane(lane, step),
    )
    const second = await load()
    expect(await second.quoteWalletLane(lane)).toMatchObject({ stamps: 1, held: { stamps: 1 } })
    expect(await second.openWalletLane(lane)).toEqual({ ok: true, price: token, isDelivered: true })
    expect((await second.stamps.balance()).stamps).toBe(0)
    expect(await carol.conversations.list()).toHaveLength(1)
  })

  test.each(['stamp 1', 'request'])('after the node has opened the lane for a %s spends no more', async (rule) => {
    const carol = await asking(rule)
    const lane = { wallet: await refused(carol), recipient: carol.address }
    const { load } = await device()
    const first = await load()
    await first.stamps.buy({ count: 2 })
    await cutOffAt(
      (event) => event.kind === 'lane' && event.step === 'opened',
      async (step) => {
        await first.openWalletLane(lane, step)
        throw new Error('The page is gone.')
      },
    )
    const second = await load()
    expect(await second.openWalletLane(lane)).toEqual({ ok: true, price: 0n, isDelivered: true })
    expect((await second.stamps.balance()).stamps).toBe(rule === 'request' ? 2 : 1)
    expect(await carol.conversations.list()).toHaveLength(1)
  })
})
