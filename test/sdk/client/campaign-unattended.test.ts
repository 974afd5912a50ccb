import { createTestClient, http, parseUnits } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { hardhat } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createQueue } from '../../../sdk/async.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import type { Campaign, CampaignOptions, Client, ClientOptions, Delivery } from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { startTrustee } from '../../../service/trustee/index.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { atOnce, deviceOf, startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { createRecording, problem } from '../../helpers/recording.ts'
import { makeUnattended } from '../../helpers/unattended.ts'

// Letters to many of whom some have never heard of the network: one payment for all, and stamps for those beside it.

knowSetup()

const rate = { base: parseUnits('0.1', 18), bond: parseUnits('1', 18), tip: parseUnits('0.25', 18) }
const stamp = parseUnits('1', 18)
const text = 'Your loan ends.'

let network: TestNetwork
beforeAll(async () => {
  network = await startTestNetwork()
})
afterAll(() => network?.close())

async function unattended() {
  const key = generatePrivateKey()
  return { key, ...(await makeUnattended(network.node.url, key)) }
}
type Nobody = Awaited<ReturnType<typeof unattended>>
const several = (count: number) => Promise.all(Array.from({ length: count }, unattended))
const addressesOf = (all: readonly Nobody[]) => all.map(({ account }) => account.address)

async function collect(deliveries: AsyncIterable<Delivery>): Promise<Delivery[]> {
  const all: Delivery[] = []
  for await (const delivery of deliveries) all.push(delivery)
  return all
}

const codesOf = (deliveries: readonly Delivery[]) =>
  deliveries.map((one) => (one.ok ? (one.isOld ? 'old' : 'sent') : one.code))

const campaignTo = (recipients: readonly string[]): CampaignOptions => ({
  seed: randomBytes(32),
  recipients,
  unattended: recipients,
  rate,
})

async function paid(client: Client, options: CampaignOptions): Promise<Campaign> {
  const campaign = await client.campaign(options)
  await campaign.pay({ maxCost: campaign.cost })
  return campaign
}

describe('a campaign with accounts that have published no keys', () => {
  test('says what those take, asks for a bound, and gets each letter read and its payment settled, or given back', async () => {
    const purse = await network.purse(100)
    const sender = await network.client({ ...purse, ...deviceOf() })
    const reader = await network.client(await network.purse(0))
    await reader.policy.set('everyone')
    const [early, late, never, unnamed] = (await several(4)) as [Nobody, Nobody, Nobody, Nobody]
    const recipients = [reader.address, ...addressesOf([early, late, never, unnamed])]
    expect(await sender.canMessage(recipients)).toEqual([true, false, false, false, false])
    const named = recipients.slice(1, 4)
    const options = { seed: randomBytes(32), recipients, unattended: named, rate }
    const campaign = await sender.campaign(options)
    expect(await campaign.quote()).toMatchObject({ letters: 3, stamps: 6, held: 0, price: 6n * stamp })
    await sender.stamps.buy({ count: 8 })
    expect(await campaign.quote()).toMatchObject({ letters: 3, stamps: 6, held: 8, each: { price: 2n * stamp } })

    // Before it is paid, and without a bound, nothing is left for them, and no stamp is gone.
    const unpaid = await collect(campaign.deliver(text, { from: 1, maxCost: 6n * stamp }))
    expect(codesOf(unpaid)).toEqual([...Array(3).fill('campaign.unpaid'), 'recipient.unknown'])
    await campaign.pay({ maxCost: campaign.cost })
    for (const bound of [
      {},
      { maxCost: 6n * stamp - 1n },
      { maxPrice: 2n * stamp - 1n },
      { maxCost: 6n * stamp, maxPrice: 1n },
    ]) {
      const refused = await collect(campaign.deliver(text, { from: 1, ...bound }))
      expect(codesOf(refused)).toEqual([...Array(3).fill('price.too-high'), 'recipient.unknown'])
    }
    expect(await sender.stamps.balance()).toMatchObject({ stamps: 8 })

    const appeared = await early.appear(network.options({ privacy: atOnce }))
    const delivered = await collect(campaign.deliver(text, { maxCost: 6n * stamp }))
    expect(codesOf(delivered)).toEqual(['sent', 'unattended.attended', 'sent', 'sent', 'recipient.unknown'])
    expect(delivered[1]).toMatchObject({ message: expect.stringMatching(/refund/) })
    expect(await sender.stamps.balance()).toMatchObject({ stamps: 4 })
    expect(await campaign.quote()).toMatchObject({ letters: 3, stamps: 6, held: 4, price: 6n * stamp })
    const [known] = await reader.conversations.list()
    expect(known?.payments).toMatchObject([rate])
    expect(await appeared.conversations.list()).toEqual([])

    // Another client goes on with the same list, and pays no second time.
    const other = await network.client({ ...purse, ...deviceOf() })
    const again = await other.campaign({ ...options, expiresAt: campaign.expiresAt })
    expect(again.terms).toEqual(campaign.terms)
    expect(codesOf(await collect(again.deliver(text, { maxCost: 6n * stamp })))).toEqual([
      'old',
      'unattended.attended',
      'old',
      'old',
      'recipient.unknown',
    ])
    expect(await other.payments.list()).toHaveLength(1)

    await network.fund(late.key, 0n)
    const client = await late.appear(network.options({ privacy: atOnce, chain: network.chainOptions(late.key) }))
    await vi.waitFor(async () => expect(await client.conversations.list()).toHaveLength(1), 60_000)
    const [letter] = await client.conversations.list()
    if (!letter) return expect.fail('The letter is not there.')
    expect((await letter.messages()).map(({ content }) => content)).toEqual([text])
    expect(letter.payments).toMatchObject([rate])
    await client.payments.settle(letter, 'fine')
    expect(await sender.payments.list()).toMatchObject([{ count: 5, state: { fine: 1, open: 4 } }])
    expect(await sender.payments.refund()).toEqual({ amount: rate.bond })
    expect(await never.waiting()).toHaveLength(1)
    await Promise.all([client.close(), appeared.close()])
  })

  test('is refused where one is named as such who is no recipient', async () => {
    const sender = await network.client(await network.purse(0))
    const [one, other] = addressesOf(await several(2)) as [string, string]
    const misspelt = sender.campaign({ ...campaignTo([one]), unattended: [one, other] })
    await expect(misspelt).rejects.toMatchObject({
      code: 'campaign.malformed',
      message: expect.stringContaining(other),
    })
  })

  test('with none of them takes nothing more, and with those who have come meanwhile quotes the next', async () => {
    const sender = await network.client(await network.purse(0))
    const [come, away] = (await several(2)) as [Nobody, Nobody]
    const recipients = addressesOf([come, away])
    const all = await sender.campaign({ ...campaignTo(recipients), unattended: [] })
    expect(await all.quote()).toEqual({ ok: true, letters: 0, stamps: 0, held: 0, price: 0n, each: undefined })
    await come.publishKeys()
    const some = await sender.campaign(campaignTo(recipients))
    expect(await some.quote()).toMatchObject({ letters: 2, stamps: 4, each: { stamps: 2 } })
  })
})

test('is opened with the sender gone where trustees keep the keys', async () => {
  const hidden = { dataDir: undefined, metricsPort: 0, logLevel: 'silent', requestBits: 8 } as const
  const trustee = await startTrustee({ node: network.node.url, ...hidden, rule: 'everyone' }, { beatMs: 100 })
  const sender = await network.client({ ...(await network.purse(100)), ...deviceOf() })
  await sender.stamps.buy({ count: 4 })
  const [ben] = (await several(1)) as [Nobody]
  const campaign = await paid(sender, campaignTo([ben.account.address]))
  const escrow = { trustees: [trustee.address], days: 30 }
  const quote = await campaign.quote({ escrow })
  expect(quote).toMatchObject({
    price: 2n * stamp,
    each: { unattended: { escrow: 'managed', trustees: escrow.trustees } },
  })
  expect(codesOf(await collect(campaign.deliver(text, { escrow, maxCost: 2n * stamp })))).toEqual(['sent'])
  await sender.close()
  const client = await ben.appear(network.options({ privacy: atOnce }))
  await vi.waitFor(async () => expect(await client.conversations.list()).toHaveLength(1), 60_000)
  const [letter] = await client.conversations.list()
  expect(letter?.payments).toMatchObject([rate])
  await client.close()
  await trustee.close()
})

test('where the network asks for a payment there, the campaign has made it', async () => {
  const rule = 'postage 0.05 and bond 1'
  const asking = await startTestNetwork({ node: { unattendedRule: parseRule(rule) } })
  const terms = { network: { ...asking.trust, unattendedRule: rule } }
  const sender = await asking.client({ ...(await asking.purse(100)), ...terms })
  const ben = await makeUnattended(asking.node.url)
  const campaign = await sender.campaign(campaignTo([ben.account.address]))
  expect(await campaign.quote()).toMatchObject({ letters: 1, stamps: 0, price: 0n, each: { payment: rate } })
  expect(await ben.waiting()).toHaveLength(0)
  await campaign.pay({ maxCost: campaign.cost })
  expect(codesOf(await collect(campaign.deliver(text)))).toEqual(['sent'])
  expect(await ben.waiting()).toHaveLength(1)
  await asking.close()
})

test('shows no stamp where the node says beforehand that it takes nothing there', async () => {
  const recording = createRecording()
  const sender = await network.client({ ...(await network.purse(100)), ...deviceOf(), fetch: recording.fetch })
  await sender.stamps.buy({ count: 4 })
  const campaign = await paid(sender, campaignTo(addressesOf(await several(1))))
  const stop = recording.meddle((url) => (url.endsWith('/v1/lanes') ? problem(429, 'unattended.full') : undefined))
  expect(codesOf(await collect(campaign.deliver(text, { maxCost: 2n * stamp })))).toEqual(['unattended.full'])
  expect(await sender.stamps.balance()).toMatchObject({ stamps: 4 })
  stop()
  expect(codesOf(await collect(campaign.deliver(text, { maxCost: 2n * stamp })))).toEqual(['sent'])
  expect(await sender.stamps.balance()).toMatchObject({ stamps: 2 })
})

/** Opens a lane, or publishes under one. */
const isStep = (request: string) => /^POST .*[^e]\/v1\/(lanes|publish)$/.test(request)

/** How requests of one process end: with the nth that makes a part of a letter, before it leaves, or when the node has done it. */
function processOf() {
  const death = new AbortController()
  const dead = new Promise<never>((_, reject) => {
    death.signal.addEventListener('abort', () => reject(new Error('killed')))
  })
  dead.catch(() => undefined)
  let [left, isHeard] = [Number.POSITIVE_INFINITY, false]
  const die = (): never => {
    death.abort()
    throw new TypeError('The process is dead.')
  }
  async function step(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<Response> {
    const answer = isHeard ? await fetch(input, init) : undefined
    if (answer && !answer.ok) return answer // a step that was refused is none
    return --left > 0 ? (answer ?? fetch(input, init)) : die()
  }
  const cut: typeof fetch = async (input, init) => {
    if (death.signal.aborted) die()
    return isStep(`${init?.method} ${input}`) ? step(input, init) : fetch(input, init)
  }
  return {
    cut,
    dead,
    /** It is killed with its nth step from now. */
    killAt(step: number, heard: boolean) {
      ;[left, isHeard] = [step, heard]
    },
    isDead: () => death.signal.aborted,
    end: () => death.abort(),
  }
}

/** As an application that runs all day: pages of the log go at times of their own. */
const privacy = { copySeconds: 600, joinSeconds: 0, answerSeconds: 0, prepareSeconds: 0, waitSeconds: 0 }

/** Clients of one account on one device, one after the other. */
async function createDevice() {
  const purse = await network.purse(200)
  const storage = { ...deviceOf().storage!, inTurn: createQueue() }
  const sleep = () => new Promise<never>(() => undefined)
  return {
    purse,
    load: (cut: typeof fetch = fetch): Promise<Client> =>
      network.client({ ...purse, storage, privacy, fetch: cut, anonymousFetch: cut, sleep } as Partial<ClientOptions>),
  }
}

test('a run that is killed at any step and gone on with leaves one letter, and takes no stamp twice', async () => {
  const { load } = await createDevice()
  const people = await several(20)
  const options = campaignTo(addressesOf(people))
  const first = await load()
  await first.stamps.buy({ count: 64 })
  const { expiresAt } = await paid(first, options)
  const maxCost = 2n * stamp * BigInt(people.length)
  let [index, used] = [0, 0]
  const outcomes: string[] = []

  async function killed(step: number, isHeard: boolean): Promise<boolean> {
    const run = processOf()
    const client = await load(run.cut)
    const campaign = await client.campaign({ ...options, expiresAt })
    await client.stamps.prepare({ count: 4 })
    run.killAt(step, isHeard)
    const delivering = campaign.deliver(text, { from: index, maxCost }).next()
    delivering.catch(() => undefined)
    await Promise.race([delivering, run.dead]).catch(() => undefined)
    const wasKilled = run.isDead()
    run.end()
    return wasKilled
  }

  for (const isHeard of [false, true]) {
    for (let step = 1; await killed(step, isHeard); step++, index++) {
      const about = `killed at step ${step}${isHeard ? ', heard' : ''}`
      const next = await load()
      await next.stamps.prepare({ count: 4 })
      const campaign = await next.campaign({ ...options, expiresAt })
      const { value } = await campaign.deliver(text, { from: index, maxCost }).next()
      outcomes.push(...codesOf([value]))
      expect(await people[index]?.waiting(), about).toHaveLength(1)
      used += 2
      expect((await next.stamps.balance()).stamps, about).toBe(64 - used)
    }
    used += 2 // of the run that was not killed
    expect(await people[index++]?.waiting()).toHaveLength(1)
  }
  expect(outcomes.length).toBeGreaterThanOrEqual(12)
  expect(outcomes.filter((code) => code !== 'sent')).toEqual(['delivery.unknown']) // where the node took it, and nobody heard
}, 300_000)

test.each(['the same device', 'another device'])(
  'the last two stamps are enough for a letter whose run was killed when it had shown them, on %s',
  async (where) => {
    const { load, purse } = await createDevice()
    await (await load()).stamps.buy({ count: 2 })
    const [ben] = (await several(1)) as [Nobody]
    const options = campaignTo([ben.account.address])
    const { expiresAt } = await paid(await load(), options)
    for (const isHeard of [false, true]) {
      const run = processOf()
      const client = await load(run.cut)
      const campaign = await client.campaign({ ...options, expiresAt })
      await client.stamps.prepare({ count: 2 })
      run.killAt(isHeard ? 1 : 2, isHeard) // the look before leaves first, and is refused
      const delivering = campaign.deliver(text, { maxCost: 2n * stamp }).next()
      delivering.catch(() => undefined)
      await Promise.race([delivering, run.dead]).catch(() => undefined)
      expect(run.isDead()).toBe(true)
      expect((await (await load()).stamps.balance()).stamps).toBe(0)
    }
    const device = where === 'the same device' ? await load() : await network.client({ ...purse, ...deviceOf() })
    expect((await device.stamps.balance()).stamps).toBe(0)
    const last = await device.campaign({ ...options, expiresAt })
    expect(codesOf(await collect(last.deliver(text, { maxCost: 2n * stamp })))).toEqual(['sent'])
    expect(await ben.waiting()).toHaveLength(1)
  },
)

test('two runs at once send nobody two letters, and the later one ends where the other has shown its stamps', async () => {
  const purse = await network.purse(100)
  const people = await several(3)
  const options = campaignTo(addressesOf(people))
  const maxCost = 2n * stamp * 3n
  const one = await network.client({ ...purse, ...deviceOf(0, 2) })
  await one.stamps.buy({ count: 16 })
  const campaign = await paid(one, options)

  let lanes = 0
  const gate = Promise.withResolvers<void>()
  const held: typeof fetch = async (input, init) => {
    if (String(input).endsWith('/v1/lanes') && ++lanes === 2) await gate.promise // the look before was the first
    return fetch(input, init)
  }
  const late = await network.client({ ...purse, ...deviceOf(1, 2), fetch: held as never })
  const other = await late.campaign({ ...options, expiresAt: campaign.expiresAt })
  const running = collect(other.deliver(text, { maxCost }))
  running.catch(() => undefined)
  await vi.waitFor(() => expect(lanes).toBe(2), 30_000)
  expect(codesOf(await collect(campaign.deliver(text, { maxCost })))).toEqual(['sent', 'sent', 'sent'])
  gate.resolve()
  await expect(running).rejects.toMatchObject({ code: 'campaign.running' })
  expect(lanes).toBe(2)
  expect(codesOf(await collect(other.deliver(text, { maxCost })))).toEqual(['old', 'old', 'old'])
  for (const each of people) expect(await each.waiting()).toHaveLength(1)
})

test('whoever writes to addresses that nobody owns gets bonds and tips back after 14 days, and neither base nor stamps', async () => {
  const purse = await network.purse(100)
  const attacker = await network.client({ ...purse, ...deviceOf() })
  const people = Array.from({ length: 3 }, () => privateKeyToAccount(generatePrivateKey()).address)
  const campaign = await paid(attacker, campaignTo(people))
  const worth = (await campaign.quote()) as { price: bigint }

  // What is paid opens nothing by itself: a payment to nobody comes back.
  expect(codesOf(await collect(campaign.deliver(text, { maxCost: worth.price })))).toEqual(
    Array(3).fill('stamps.missing'),
  )
  await attacker.stamps.buy({ count: 8 })
  expect(codesOf(await collect(campaign.deliver(text, { maxCost: worth.price })))).toEqual(Array(3).fill('sent'))
  expect(await attacker.stamps.balance()).toMatchObject({ stamps: 2 })

  const time = createTestClient({ mode: 'hardhat', chain: hardhat, transport: http(network.rpcUrl) })
  await time.increaseTime({ seconds: 15 * 86_400 })
  await time.mine({ blocks: 1 })
  expect(await attacker.payments.refund()).toEqual({ amount: 3n * (rate.bond + rate.tip) })
  expect(campaign.cost - 3n * (rate.bond + rate.tip)).toBe(3n * rate.base)
  expect(worth.price).toBe(3n * 2n * stamp)
})
