import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createQueue, pause } from '../../../sdk/async.ts'
import { Client, type ClientEvent, type ClientOptions, type Storage } from '../../../sdk/index.ts'
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

/** An account with so many stamps, and windows that are closed without a word, each with a storage of its own, or none. */
async function person(count: number) {
  const { key, chain } = await network.purse()
  await (await network.client({ key, chain })).stamps.buy({ count })
  const { account } = network.connect(key)
  return {
    async open({ storage, ...more }: Pick<ClientOptions, 'storage' | 'sleep' | 'onProgress'> = {}) {
      const closed = new AbortController()
      const { signal } = closed
      const cut: typeof fetch = async (input, init) => {
        signal.throwIfAborted()
        return fetch(input, init)
      }
      const sleep: ClientOptions['sleep'] = (ms, ending) => pause(ms / 100, ending)
      const client = await Client.create(
        account,
        network.options({ chain, storage, privacy, fetch: cut, anonymousFetch: cut, sleep, ...more }),
      )
      return { client, close: () => closed.abort() }
    },
  }
}

const privateStorage = (): Storage => ({ ...deviceOf().storage!, inTurn: createQueue(), lasts: false })

describe('a window whose storage goes with it', () => {
  test.each([
    ['that says so', privateStorage],
    ['that keeps nothing', () => ({ ...privateStorage(), lasts: true, set: () => Promise.reject(new Error('full')) })],
    ['that clients cannot share', () => deviceOf().storage],
    ['that is none', () => undefined],
  ])('takes no stamp along unless a letter was written, where it is one %s', async (_, storageOf) => {
    const { open } = await person(8)
    const steps: (number | undefined)[] = []
    for (let window = 0; window < 10; window++) {
      const { client, close } = await open({ storage: storageOf() })
      expect((await client.stamps.balance()).stamps).toBe(8)
      await pause(window === 0 ? 2_000 : 0) // long enough for some pages
      close()
    }
    const onProgress: ClientOptions['onProgress'] = (event) => {
      if (event.kind === 'waiting' && event.code === 'tickets.not-ready') steps.push(event.seconds)
    }
    for (let letter = 1; letter <= 2; letter++) {
      const { client, close } = await open({ storage: storageOf(), onProgress })
      const conversation = await client.conversations.new((await reader()).address)
      expect(await conversation.send('gm')).toMatchObject({ ok: true })
      await pause(letter === 1 ? 2_000 : 0) // no page takes more than the letter did
      close()
      expect(new Set(steps.splice(0))).toEqual(new Set([120])) // on a busy machine the first page may come too late
      const next = await open({ storage: storageOf() })
      expect((await next.client.stamps.balance()).stamps).toBe(8 - letter)
      next.close()
    }
  })

  test('has one ready after a purchase where it was told so, and no other', async () => {
    const { open } = await person(4)
    const { client, close } = await open({ storage: privateStorage() })
    await client.stamps.buy({ count: 4 })
    await client.stamps.prepare({ count: 1 })
    const conversation = await client.conversations.new((await reader()).address)
    const waits: string[] = []
    const onProgress = (event: ClientEvent) => void (event.kind === 'waiting' && waits.push(event.code))
    expect(await conversation.send('gm', { onProgress })).toMatchObject({ ok: true })
    expect(waits).not.toContain('tickets.not-ready')
    close()
    expect((await (await open()).client.stamps.balance()).stamps).toBe(7)
  })

  test('shares no stamp with others that write at the same moment', async () => {
    const { open } = await person(8)
    const windows = await Promise.all([1, 2, 3].map(() => open({ storage: privateStorage() })))
    const sent = windows.map(async ({ client }) => {
      const conversation = await client.conversations.new((await reader()).address)
      return conversation.send('gm')
    })
    expect((await Promise.all(sent)).map(({ ok }) => ok)).toEqual([true, true, true])
    for (const { close } of windows) close()
    const { client } = await open()
    expect((await client.stamps.balance()).stamps).toBe(5)
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
