import { parseUnits } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PaymentPlace } from '../../../sdk/codec/index.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import type { CampaignOptions, Client, ClientEvent, Delivery } from '../../../sdk/index.ts'
import { knowSetup } from '../../helpers/known-setup.ts'
import { startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { withOpenings } from '../../helpers/openings.ts'
import { createRecording, problem } from '../../helpers/recording.ts'

knowSetup()

// Of a token with 6 decimals.
const rate = { base: parseUnits('1', 6), bond: parseUnits('1', 6), tip: parseUnits('0.25', 6) }
const nobody = '0x00000000000000000000000000000000000000AA'

describe('letters to many', () => {
  let network: TestNetwork
  let purse: Awaited<ReturnType<TestNetwork['purse']>>
  let readers: Client[]
  let options: CampaignOptions

  beforeAll(async () => {
    network = await startTestNetwork({ decimals: 6 })
    purse = await network.purse(100)
    readers = []
    for (const rule of ['tip 0.25', 'everyone', 'postage 1 and bond 1', 'postage 9']) {
      const reader = await network.client(await network.purse(0))
      const set = await reader.policy.set(rule)
      if (!set.ok) throw new Error(set.message)
      readers.push(reader)
    }
    options = { seed: randomBytes(32), recipients: [...readers.map(({ address }) => address), nobody], rate }
  })
  afterAll(() => network?.close())

  test('are paid once, delivered one by one, and gone on with by another client', async () => {
    const first = await network.client(purse)
    const campaign = await first.campaign(options)
    expect(campaign.cost).toBe(parseUnits('11.25', 6))
    await expect(campaign.pay({ maxCost: 1n })).rejects.toMatchObject({ code: 'postage.price-too-high' })
    expect(await campaign.pay({ maxCost: campaign.cost })).toMatchObject({ isPaid: true, open: 5 })
    for await (const { ok } of campaign.deliver('news')) {
      expect(ok).toBe(true)
      break // and the program ends
    }

    const next = await network.client(purse)
    const again = await next.campaign({ ...options, expiresAt: campaign.expiresAt })
    expect(again.terms).toEqual(campaign.terms)
    await again.pay()
    expect(await next.payments.list()).toHaveLength(1)
    const deliveries: Delivery[] = []
    const hiding = (place: PaymentPlace) => (place.index === 2 ? undefined : place) // and one letter does not say so
    await withOpenings(hiding, async () => {
      for await (const delivery of again.deliver('news')) deliveries.push(delivery)
    })
    expect(deliveries).toMatchObject([
      { index: 0, ok: true, isOld: true },
      { index: 1, ok: true, isOld: false },
      { index: 2, ok: true, isOld: false },
      { index: 3, ok: false, code: 'payment.not-allowed' },
      { index: 4, ok: false, code: 'recipient.unknown', recipient: nobody },
    ])
  })

  test('are answered as paid, whatever fails once they are', async () => {
    const { key, chain } = await network.purse()
    const state = { isMined: false }
    const readContract: typeof chain.publicClient.readContract = (asked) =>
      state.isMined ? Promise.reject(new Error('The provider is gone.')) : chain.publicClient.readContract(asked)
    const failing = { ...chain, publicClient: { ...chain.publicClient, readContract } }
    const client = await network.client({ key, chain: failing })
    const campaign = await client.campaign({ ...options, seed: randomBytes(32) })
    const onProgress = (event: ClientEvent) => {
      if (event.kind === 'chain' && event.step.kind === 'mined') state.isMined = true
    }
    expect(await campaign.pay({ onProgress })).toMatchObject({ isPaid: true, open: 5 })
    await expect(campaign.pay()).rejects.toThrow('gone') // nothing is done where nobody says what is there
    state.isMined = false
    expect(await campaign.pay()).toMatchObject({ isPaid: true, open: 5 })
    expect(await client.payments.list()).toHaveLength(1)
  })

  test('do not count as delivered on the word of a node', async () => {
    const recording = createRecording()
    const client = await network.client({ ...(await network.purse()), fetch: recording.fetch })
    const [first] = options.recipients.slice(1)
    const campaign = await client.campaign({ ...options, seed: randomBytes(32), recipients: [first ?? ''] })
    await campaign.pay()
    const stop = recording.meddle((url) => (url.endsWith('/v1/publish') ? problem(403, 'lane.used-up') : undefined))
    for await (const delivery of campaign.deliver('news')) {
      expect(delivery).toMatchObject({ ok: false, code: 'delivery.unknown' })
    }
    stop()
  })

  test('come with the payment, which each reader settles for itself, whether or not the letter says it', async () => {
    for (const reader of readers.slice(0, 3)) {
      const letters = await reader.conversations.list()
      expect(letters).toHaveLength(1)
      const [letter] = letters
      if (!letter) return expect.fail('The letter is not there.')
      expect((await letter.messages()).map(({ content }) => content)).toEqual(['news'])
      expect(letter.payments).toMatchObject([rate])
      await reader.payments.settle(letter, 'fine')
    }
    const sender = await network.client(purse)
    expect(await sender.payments.list()).toMatchObject([
      { count: 5, recipient: undefined, state: { fine: 3, open: 2 } },
    ])
    expect(await sender.payments.refund()).toEqual({ amount: 3n * rate.bond })
  })

  test('cost half a token where the rule says so: as it is published, quoted, refused, paid, settled and refunded', async () => {
    const [sender, reader] = [
      await network.client(await network.purse(1)),
      await network.client(await network.purse(0)),
    ]
    expect(reader.decimals).toBe(6)
    expect(await reader.policy.set('bond 0.5')).toMatchObject({ ok: true })
    await expect(reader.policy.set('bond 0.0000005')).rejects.toMatchObject({ code: 'policy.too-precise' })
    expect(await sender.policy.get(reader.address)).toMatchObject({
      rule: { kind: 'bond', amount: 500_000n },
      text: 'bond 0.5',
      explanation: 'you leave a bond of 0.5 tokens, which comes back unless this is spam',
    })
    const conversation = await sender.conversations.new(reader.address)
    expect(await conversation.quote()).toMatchObject({
      ok: false,
      message: 'Delivery takes a payment in your name: bond 0.5.',
      missing: [{ condition: 'connection' }, { condition: 'bond 0.5', price: 500_000n }],
    })
    expect(await conversation.send('gm', { payment: true, maxBond: 499_999n })).toMatchObject({
      message: 'The payment leaves a bond of 0.5 tokens; at most 0.499999 tokens may be left.',
    })
    const quote = await conversation.quote({ payment: true })
    expect(quote).toMatchObject({ price: 10_000n, bond: 500_000n, conditions: ['bond 0.5'] })
    expect(await conversation.send('gm', { payment: true, maxBond: 500_000n })).toMatchObject({
      ok: true,
      price: 10_000n,
    })
    const [letter] = await reader.conversations.list()
    if (!letter) return expect.fail('The letter is not there.')
    expect(await reader.payments.look(letter)).toMatchObject([{ bond: 500_000n, isPaid: true }])
    await reader.payments.settle(letter, 'fine')
    expect(await sender.payments.refund()).toEqual({ amount: 500_000n })
  })

  test('are explained and priced by the node in whole tokens, and it says how many decimals those have', async () => {
    const info = (await (await fetch(`${network.node.url}/v1/info`)).json()) as object
    expect(info).toMatchObject({ decimals: 6, payments: [{ leastBase: '0.01' }] })
  })
})
