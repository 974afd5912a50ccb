import { type Hex, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import type { Client, ClientEvent, ClientOptions, StepOptions } from '../../../sdk/index.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { deviceOf, startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { createRecording, problem } from '../../helpers/recording.ts'

knowSetup()

// What was done on the chain is answered, whatever fails afterwards; and a second call goes on with it.

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork()
})
afterAll(() => network?.close())

const broken = async () => {
  throw new Error('The disk is full.')
}

/** What fails as soon as something is mined. */
const failures = ['the prover', 'the storage', 'the log'] as const

/** A client of which a part fails from the first mined transaction on. */
async function failing(part: (typeof failures)[number]) {
  const recording = createRecording()
  const state = { isMined: false }
  const onProgress = (event: ClientEvent) => {
    if ((event.kind === 'chain' || event.kind === 'purchase') && event.step.kind === 'mined') state.isMined = true
  }
  recording.meddle((url, body) => {
    if (!state.isMined) return undefined
    if (part === 'the prover' && url.startsWith(network.prover.url)) throw new TypeError('The prover is down.')
    const isLog = url.endsWith('/publish') && new TextDecoder().decode(body).includes('/log-')
    return part === 'the log' && isLog ? problem(503, 'node.busy') : undefined
  })
  const { storage, device } = deviceOf()
  const unsteady: ClientOptions['storage'] = {
    get: async (key) => (part === 'the storage' && state.isMined ? broken() : storage?.get(key)),
    set: async (key, value) => (part === 'the storage' && state.isMined ? broken() : storage?.set(key, value)),
  }
  const purse = await network.purse(2_000)
  const options = { ...purse, device, onProgress }
  return { state, purse, client: await network.client({ ...options, storage: unsteady, fetch: recording.fetch }) }
}

const signalOf = () => AbortSignal.timeout(8_000)

describe.each(failures)('where %s fails once it is mined', (part) => {
  test('buying answers the purchase, once', async () => {
    const { client, state } = await failing(part)
    const isUsable = part !== 'the prover'
    expect(await client.stamps.buy({ count: 8, signal: signalOf() })).toMatchObject({ limit: 8n, isUsable })
    state.isMined = false
    await expect.poll(async () => (await client.stamps.balance()).stamps, { timeout: 90_000 }).toBe(8)
  })

  test('staking answers the stake, and a second call the same one', async () => {
    const { client, state } = await failing(part)
    const made = await client.stakes.stake({ signal: signalOf() })
    state.isMined = false
    const again = client.stakes.stake({ signal: signalOf() })
    if (part === 'the storage') await expect(again).rejects.toMatchObject({ code: 'stake.unsafe' })
    else expect(await again).toMatchObject({ hash: made.hash, leafIndex: made.leafIndex })
  })

  test('a notice answers that it was sent', async () => {
    const { client } = await failing(part)
    const stranger = `0x${'0'.repeat(38)}${failures.indexOf(part) + 10}`
    expect(await client.notices.send(stranger)).toMatchObject({ count: 1 })
  })
})

/** A chain that does not answer for receipts until told to. */
async function mute() {
  const { key, chain } = await network.purse(2_000)
  const state = { isMute: true }
  const waitForTransactionReceipt: typeof chain.publicClient.waitForTransactionReceipt = async (options) => {
    const receipt = await chain.publicClient.waitForTransactionReceipt(options)
    if (state.isMute) throw new Error('The provider has lost it.')
    return receipt
  }
  return { state, key, chain: { ...chain, publicClient: { ...chain.publicClient, waitForTransactionReceipt } } }
}

/** A chain that puts a purchase into another block, with another time, after its receipt was given. */
async function reorganised() {
  const { key, chain } = await network.purse(2_000)
  const waitForTransactionReceipt: typeof chain.publicClient.waitForTransactionReceipt = async (options) => {
    const receipt = await chain.publicClient.waitForTransactionReceipt(options)
    const logs = receipt.logs.map((log) => (isSameAddress(log.address, network.trust.noteTree) ? earlier(log) : log))
    return { ...receipt, logs }
  }
  return { key, chain: { ...chain, publicClient: { ...chain.publicClient, waitForTransactionReceipt } } }
}

const isSameAddress = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/** A note whose block was twelve seconds older: its expiry, the last word of its event, counts from the block's time. */
const earlier = <L extends { readonly data: Hex }>(log: L): L => ({
  ...log,
  data: `${log.data.slice(0, -64)}${(BigInt(`0x${log.data.slice(-64)}`) - 12n).toString(16).padStart(64, '0')}`,
})

describe('where the chain is reorganised after the receipt', () => {
  test('stamps are what the chain says of them in the end, on every client of the account', async () => {
    const { key, chain } = await reorganised()
    const client = await network.client({ key, chain })
    const { expiry } = await client.stamps.buy({ count: 8 })
    await expect.poll(async () => (await client.stamps.balance()).stamps).toBe(8)
    const other = await network.client({ key })
    const { stamps, books } = await other.stamps.balance()
    expect([stamps, books.map(({ expiresAt }) => expiresAt)]).toEqual([8, [Number(expiry) + 12]])
  })
})

describe('where no answer says what came of it', () => {
  test('a second call finds the stamps that were bought, and the third buys others', async () => {
    const { state, key, chain } = await mute()
    const client = await network.client({ key, chain })
    await expect(client.stamps.buy({ count: 8 })).rejects.toMatchObject({ code: 'payment.pending' })
    state.isMute = false
    const found = await client.stamps.buy({ count: 8 })
    expect((await client.stamps.balance()).stamps).toBe(8)
    expect((await client.stamps.buy({ count: 8 })).hash).not.toBe(found.hash)
    expect((await client.stamps.balance()).stamps).toBe(16)
  })

  test('a second call, by another client too, finds the stake', async () => {
    const { state, key, chain } = await mute()
    const client = await network.client({ key, chain, ...deviceOf(0, 2) })
    await expect(client.stakes.stake()).rejects.toMatchObject({ code: 'payment.pending' })
    state.isMute = false
    const other = await network.client({ key, chain, ...deviceOf(1, 2) })
    const found = await other.stakes.stake({ maxAmount: parseEther('100') })
    expect(await client.stakes.stake()).toMatchObject({ hash: found.hash })
    expect((await other.stakes.status()).tickets).toMatchObject([{ class: 1 }])
  })
})

describe('two clients of one account', () => {
  test('that stake at once make one stake, and both have its tickets', async () => {
    const { key, chain } = await network.purse(2_000)
    const clients = await Promise.all(
      [0, 1].map((index) =>
        network.client({ key, chain: { ...chain, ...network.connect(key) }, ...deviceOf(index, 2) }),
      ),
    )
    const made = await Promise.allSettled(clients.map(({ stakes }) => stakes.stake()))
    const hashes = made.flatMap((it) => (it.status === 'fulfilled' ? [it.value.hash] : []))
    expect(hashes.length).toBeGreaterThan(0)
    for (const client of clients) {
      expect(await client.stakes.stake()).toMatchObject({ hash: hashes[0] })
      expect((await client.stakes.status()).tickets).toMatchObject([{ class: 1 }])
    }
    expect(made.map((it) => (it.status === 'fulfilled' ? 'made' : it.reason.code))).toEqual(['made', 'made'])
  })
})

/** Runs of one program on one device, each of which may be cut off as soon as something is sent. */
async function runs() {
  const { key, chain } = await network.purse(2_000)
  const { storage } = deviceOf()
  const next = (more: Partial<ClientOptions> = {}) =>
    network.client({ key, storage, chain: { ...chain, ...network.connect(key) }, ...more })
  async function cutOff(act: (client: Client, step: StepOptions) => Promise<unknown>) {
    const controller = new AbortController()
    const onProgress = (event: ClientEvent) => {
      if ('step' in event && typeof event.step === 'object' && event.step.kind === 'sent') controller.abort('cut off')
    }
    await expect(act(await next(), { signal: controller.signal, onProgress })).rejects.toBe('cut off')
  }
  return { next, cutOff }
}

describe('another run of the program', () => {
  test('goes on with the stamps that were bought, and once that was answered buys others', async () => {
    const { next, cutOff } = await runs()
    await cutOff((client, step) => client.stamps.buy({ count: 8, ...step }))
    const other = await next()
    const found = await other.stamps.buy({ count: 8 })
    expect((await other.stamps.balance()).stamps).toBe(8)
    const third = await next()
    expect((await third.stamps.buy({ count: 8 })).hash).not.toBe(found.hash)
    expect((await third.stamps.balance()).stamps).toBe(16)
  })

  test('goes on with the stamps of one that ended while it waited for their checkpoint', async () => {
    const { next } = await runs()
    const recording = createRecording()
    let isMined = false
    recording.meddle((url) => (isMined && url.startsWith(network.prover.url) ? new Promise(() => {}) : undefined))
    const first = await next({ fetch: recording.fetch })
    const waiting = new Promise<void>((resolve) => {
      const onProgress = (event: ClientEvent) => {
        isMined ||= event.kind === 'purchase' && event.step.kind === 'mined'
        if (isMined) resolve()
      }
      first.stamps.buy({ count: 8, onProgress }).catch(() => undefined)
    })
    await waiting
    await new Promise((resolve) => setTimeout(resolve, 500)) // it is written down, and its checkpoint is asked for
    const other = await next()
    expect(await other.stamps.buy({ count: 8 })).toMatchObject({ isUsable: true })
    expect((await other.stamps.balance()).stamps).toBe(8)
  })

  test('goes on with the notice that was sent, and once that was answered sends others', async () => {
    const { next, cutOff } = await runs()
    const stranger = `0x${'0'.repeat(37)}abc`
    await cutOff((client, step) => client.notices.send(stranger, step))
    expect(await (await next()).notices.send(stranger)).toMatchObject({ count: 1 })
    expect(await (await next()).notices.send(stranger)).toMatchObject({ count: 2 })
  })

  test('goes on with the payment for many that was made', async () => {
    const { next, cutOff } = await runs()
    const options = {
      seed: randomBytes(32),
      recipients: [`0x${'0'.repeat(37)}abd`],
      rate: { base: parseEther('1'), bond: 0n, tip: 0n },
      expiresAt: BigInt(Math.floor(Date.now() / 1000) + 3_600),
    }
    await cutOff(async (client, step) => (await client.campaign(options)).pay(step))
    const other = await next()
    expect(await (await other.campaign(options)).pay()).toMatchObject({ isPaid: true })
    expect(await other.payments.list()).toHaveLength(1)
  })

  test('of which two buy the same at once, buys it once', async () => {
    const { next } = await runs()
    const client = await next()
    const [one, two] = await Promise.all([client.stamps.buy({ count: 8 }), client.stamps.buy({ count: 8 })])
    expect(one.hash).toBe(two.hash)
    expect((await client.stamps.balance()).stamps).toBe(8)
  })
})
