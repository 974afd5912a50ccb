import { expect, test, vi } from 'vitest'
import type { Client, Storage } from '../../sdk/index.ts'
import { Errand } from '../../web/provide/errand.ts'
import { deviceOf } from '../helpers/network.ts'

const link = { wallet: `0x${'1'.repeat(40)}`, recipient: `0x${'2'.repeat(40)}`, kind: 'invite' } as const
const never = () => new Promise<never>(() => undefined)

/** A client that lacks one stamp until `held` says so. */
function clientWith(held: () => number, buy: Client['stamps']['buy']) {
  const quote = async () => ({
    ok: true,
    isFirst: true,
    conditions: ['stamp 1'],
    price: 5n,
    stamps: 1,
    held: { stamps: held() },
  })
  const openWalletLane = vi.fn(async () => ({ ok: true, price: 5n, isDelivered: true }))
  const policy = { get: async () => ({ explanation: 'you use one stamp' }) }
  const client = {
    policy,
    quoteWalletLane: quote,
    openWalletLane,
    stamps: { buy, balance: async () => ({ stamps: held(), coming: 0 }) },
  } as unknown as Client
  return { client, openWalletLane }
}

test('once the chain has the stamps, a page that is loaded again waits for them and buys no others', async () => {
  const storage = deviceOf().storage as Storage
  const bought = vi.fn(async ({ onProgress }: Parameters<Client['stamps']['buy']>[0]) => {
    onProgress?.({ kind: 'purchase', step: { kind: 'mined', hash: '0x', block: 1n } })
    return never() // the page is closed before the client has answered
  })
  const first = new Errand({ client: clientWith(() => 0, bought).client, storage, link })
  await first.look()
  const { value: stage } = first.stage
  if (stage.kind !== 'choosing') return expect.fail(stage.kind)
  void first.take(stage.asked, stage.asked.ways[0]!)
  await expect.poll(() => bought.mock.calls.length).toBe(1)
  expect(bought.mock.calls[0]?.[0]).toMatchObject({ count: 1, maxPrice: 5n })

  let looks = 0
  const { client, openWalletLane } = clientWith(() => (looks++ < 5 ? 0 : 1), bought)
  const second = new Errand({ client, storage, link })
  await second.look()
  expect(second.stage.value).toMatchObject({ kind: 'done', opened: { isDelivered: true } })
  expect(bought).toHaveBeenCalledTimes(1)
  expect(openWalletLane).toHaveBeenCalledTimes(1)
})
