import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PaymentPlace } from '../../../sdk/codec/index.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'
import type { CampaignOptions, Client, ClientEvent, Delivery } from '../../../sdk/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { startTestNetwork, type TestNetwork } from '../../helpers/network.ts'
import { withOpenings } from '../../helpers/openings.ts'
import { createRecording, problem } from '../../helpers/recording.ts'

const rate = { base: parseEther('1'), bond: parseEther('1'), tip: parseEther('0.25') }
const nobody = '0x00000000000000000000000000000000000000AA'

describe('letters to many', { timeout: 120_000 }, () => {
  let network: TestNetwork
  let purse: Awaited<ReturnType<TestNetwork['purse']>>
  let readers: Client[]
  let options: CampaignOptions

  beforeAll(async () => {
    network = await startTestNetwork()
    purse = await network.purse(100)
    readers = []
    for (const rule of ['tip 0.25', 'everyone', 'postage 1 and bond 1', 'postage 9']) {
      const reader = await network.client(await network.purse(0))
      const set = await reader.policy.set(parseRule(rule))
      if (!set.ok) throw new Error(set.message)
      readers.push(reader)
    }
    options = { seed: randomBytes(32), recipients: [...readers.map(({ address }) => address), nobody], rate }
  }, 120_000)
  afterAll(() => network?.close())

  test('are paid once, delivered one by one, and gone on with by another client', async () => {
    const first = await network.client(purse)
    const campaign = await first.campaign(options)
    expect(campaign.cost).toBe(parseEther('11.25'))
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
})
