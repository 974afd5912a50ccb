import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../../sdk/index.ts'
import { type LightNetwork, startLightNetwork, textsOf, write } from '../../helpers/light-network.ts'
import { createStockApp } from '../../helpers/stock.ts'

// What an account has said about others, as any of its clients can list it.

let network: LightNetwork
beforeAll(async () => {
  network = await startLightNetwork()
})
afterAll(() => network?.close())

const day = 86_400
const now = () => Date.now() / 1000

describe('connections that an account has granted', () => {
  let [ann, other, ben, carl] = [] as unknown as [Client, Client, Client, Client]
  beforeAll(async () => {
    ;[ann, ben, carl] = [await network.client(0x21), await network.client(0x22), await network.client(0x23)]
    other = await network.client(0x21)
    for (const friend of [ben, carl]) {
      await write(friend, ann, 'May I?')
      await textsOf(ann)
    }
  })

  test('are listed by each of its clients, with their ends', async () => {
    expect(await ann.connections.list()).toEqual([])
    expect(await ann.connections.grant(ben.address, { seconds: 7 * day })).toEqual({ ok: true })
    expect(await ann.connections.grant(carl.address)).toEqual({ ok: true })
    for (const client of [ann, other]) {
      const [first, second, ...more] = await client.connections.list()
      expect([first?.address, second?.address, more]).toEqual([ben.address, carl.address, []])
      expect(Math.abs((first?.expiresAt ?? 0) - now() - 7 * day)).toBeLessThan(100)
      expect(Math.abs((second?.expiresAt ?? 0) - now() - 365 * day)).toBeLessThan(100)
    }
    expect(await ben.connections.list()).toEqual([])
  })

  test('hold until the last of them ends, and a shorter one shortens none', async () => {
    expect(await other.connections.grant(ben.address, { seconds: 3 * day })).toEqual({ ok: true })
    const [first] = await ann.connections.list()
    expect(Math.abs((first?.expiresAt ?? 0) - now() - 7 * day)).toBeLessThan(100)
  })

  test('are gone once they are taken back, by whichever client, and there again when granted anew', async () => {
    expect(await other.connections.revoke(ben.address)).toEqual({ ok: true })
    for (const client of [ann, other]) {
      expect((await client.connections.list()).map(({ address }) => address)).toEqual([carl.address])
    }
    expect(await ann.connections.grant(ben.address, { seconds: 2 * day })).toEqual({ ok: true })
    const again = (await other.connections.list()).find(({ address }) => address === ben.address)
    expect(Math.abs((again?.expiresAt ?? 0) - now() - 2 * day)).toBeLessThan(100)
  })

  test('are gone once they have ended, of which the clock of a client decides', async () => {
    let ahead = 0
    const later = await network.client(0x21, { now: () => now() + ahead })
    expect(await ann.connections.revoke(ben.address)).toEqual({ ok: true })
    expect(await ann.connections.grant(ben.address, { seconds: 30 })).toEqual({ ok: true })
    expect(await later.connections.list()).toHaveLength(2)
    ahead = 40
    expect((await later.connections.list()).map(({ address }) => address)).toEqual([carl.address])
  })

  test('of a stock app hold as long as the lane that was opened for its wallet', async () => {
    const app = await createStockApp(`0x${'24'.repeat(32)}`, { url: network.url })
    expect(await ann.connections.grant(app.address, { path: 'visible' })).toEqual({ ok: true })
    const granted = (await ann.connections.list()).find(({ address }) => address === app.address)
    expect(granted?.expiresAt).toBeLessThanOrEqual(now() + day)
    expect(granted?.expiresAt).toBeGreaterThan(now() + day / 2)
  })
})

test('whom an account allows and blocks is listed by each of its clients, whether they have written or not', async () => {
  const [ann, other] = [await network.client(0x31), await network.client(0x31)]
  const [good, bad, changing] = ['1', '2', '3'].map((digit) => `0x${digit.repeat(40)}`) as [string, string, string]
  expect(await ann.consents()).toEqual({ allowed: [], denied: [] })
  await ann.allow(good)
  await ann.block(bad)
  await other.block(changing)
  await ann.allow(changing)
  for (const client of [ann, other, await network.client(0x31)]) {
    expect(await client.consents()).toEqual({ allowed: [good, changing], denied: [bad] })
  }
  await other.block(changing)
  expect(await ann.consents()).toEqual({ allowed: [good], denied: [bad, changing] })
})

test('whom only a shared list blocks is not said to be blocked by the account’s own word', async () => {
  const [keeper, ann] = [await network.client(0x41), await network.client(0x42)]
  const [listed, own] = [`0x${'4'.repeat(40)}`, `0x${'5'.repeat(40)}`]
  await keeper.sharedLists.publish([listed, own])
  await ann.sharedLists.subscribe(keeper.address)
  await ann.block(own)
  expect(await ann.consent(listed)).toBe('denied')
  expect((await ann.consents()).denied).toEqual([own])
})
