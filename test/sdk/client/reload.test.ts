import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createQueue } from '../../../sdk/async.ts'
import { Client } from '../../../sdk/index.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../../helpers/network.ts'

knowSetup()

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork()
})
afterAll(() => network?.close())

/** Somebody who asks strangers for a stamp. */
async function reader(): Promise<Client> {
  const client = await network.client()
  await client.policy.set('stamp 1')
  return client
}

/** Pages of the log at times of their own, as by default, so that tickets are made ready ahead; nothing else waits. */
const privacy = { copySeconds: 600, joinSeconds: 0, answerSeconds: 0, prepareSeconds: 0, waitSeconds: 0 }

/** Clients of one account on one device, one after the other: each is cut off where the next one begins, and says nothing. */
async function device() {
  const { key, chain } = await network.purse()
  const { account } = network.connect(key)
  const storage = { ...deviceOf().storage!, inTurn: createQueue() }
  let current = new AbortController()
  return {
    async load(): Promise<Client> {
      current.abort()
      current = new AbortController()
      const { signal } = current
      const cut: typeof fetch = async (input, init) => {
        signal.throwIfAborted()
        return fetch(input, init)
      }
      const sleep = () => new Promise<never>(() => undefined)
      const edges = { chain, storage, privacy, fetch: cut, anonymousFetch: cut, sleep }
      return Client.create(account, network.options(edges))
    },
  }
}

describe('a page that is loaded again', () => {
  test('loses no stamp that no node has taken, however often', async () => {
    const carol = await reader()
    const { load } = await device()
    await (await load()).stamps.buy({ count: 8 })
    for (let letter = 1; letter <= 6; letter++) {
      const client = await load()
      await client.stamps.prepare()
      const conversation = await client.conversations.new((letter === 1 ? carol : await reader()).address)
      expect(await conversation.send(`letter ${letter}`)).toMatchObject({ ok: true })
      expect((await (await load()).stamps.balance()).stamps, `after ${letter}`).toBe(8 - letter)
    }
  })
})

describe('what stamps are left', () => {
  test('counts on demand what another client of the account has bought meanwhile', async () => {
    const purse = await network.purse()
    const [one, other] = [await network.client(purse), await network.client(purse)]
    await one.stamps.buy({ count: 4 })
    expect(await other.stamps.balance()).toEqual({ stamps: 0, coming: 0, books: [] })
    expect(await other.stamps.balance({ isFresh: true })).toMatchObject({ stamps: 4, coming: 0, books: [{ limit: 4 }] })
  })

  test('says how many are bought that no tree has yet', async () => {
    let isDown = false
    const away: typeof fetch = async (input, init) => {
      if (isDown && String(input).startsWith(network.prover.url)) throw new TypeError('The prover is away.')
      return fetch(input, init)
    }
    const client = await network.client({ ...(await network.purse()), fetch: away, anonymousFetch: away })
    await client.stamps.buy({ count: 1 })
    expect(await client.stamps.balance()).toMatchObject({ stamps: 1, coming: 0 })
    isDown = true
    expect(await client.stamps.buy({ count: 4 })).toMatchObject({ isUsable: false })
    expect(await client.stamps.balance()).toMatchObject({ stamps: 1, coming: 4 })
    isDown = false
    await expect.poll(() => client.stamps.balance()).toMatchObject({ stamps: 5, coming: 0 })
  })
})
