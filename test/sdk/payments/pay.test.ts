import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressToBytes, paymentIdOf, recipientLeafOf } from '../../../sdk/crypto/index.ts'
import { paymentsAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import {
  burnRatioOf,
  type ChainProgress,
  findPayments,
  isSettled,
  type PaymentRate,
  pay,
  readPayment,
  refund,
  settle,
  settleMany,
  signVerdict,
} from '../../../sdk/payments/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { makePlaces } from '../../helpers/payment-places.ts'
import { type SignatureForm, signatureForms, writeAs } from '../../helpers/signatures.ts'

const rate: PaymentRate = { base: parseEther('1'), bond: parseEther('2'), tip: parseEther('0.5') }

describe('payments', () => {
  let chain: TestChain
  let on: { public: TestChain['publicClient']; payments: `0x${string}` }

  beforeAll(async () => {
    chain = await startTestChain()
    on = { public: chain.publicClient, payments: chain.payments }
  })
  afterAll(() => chain?.close())

  const addressAt = (index: number) => chain.walletAt(index).account.address
  const balanceOf = (address: `0x${string}`) =>
    chain.publicClient.readContract({
      address: chain.token,
      abi: postageTokenAbi,
      functionName: 'balanceOf',
      args: [address],
    })
  const soon = async () => (await chain.publicClient.getBlock()).timestamp + 86_400n

  /** Pays as account 1 for the accounts given, and opens each place. */
  async function payFor(recipients: readonly number[], changes: Partial<Parameters<typeof pay>[0]> = {}, seed = 1) {
    const { tree, openings } = await makePlaces(recipients.map(addressAt), seed)
    const terms = { root: tree.root, count: tree.count, rate, deliverBy: await soon() }
    const made = await pay({ wallet: chain.walletAt(1), ...on, token: chain.token, ...terms, ...changes })
    return { made, openings: openings.map((opening) => ({ ...opening, terms: made.terms })) }
  }

  test('one transaction by permit pays for several, and the note tree has it', async () => {
    const before = await balanceOf(addressAt(1))
    const steps: ChainProgress['kind'][] = []
    const { made } = await payFor([3, 4, 5], { onProgress: ({ kind }) => steps.push(kind) })
    expect(steps).toEqual(['quoted', 'authorizing', 'simulated', 'sent', 'mined'])
    expect(made).toMatchObject({ cost: parseEther('10.5'), id: paymentIdOf(made.terms), leafIndex: 0, operation: 0n })
    expect(before - (await balanceOf(addressAt(1)))).toBe(made.cost)
    expect(await balanceOf(chain.payments)).toBe(parseEther('7.5'))
    expect(await readPayment({ ...on, terms: made.terms })).toMatchObject({ isPaid: true, open: 3, fine: 0, due: 0n })
  })

  test('the same payment is not made twice', async () => {
    const deliverBy = await soon()
    const { made } = await payFor([3], { deliverBy }, 2)
    const held = await balanceOf(addressAt(1))
    expect((await payFor([3], { deliverBy }, 2)).made).toEqual(made)
    expect(await balanceOf(addressAt(1))).toBe(held)
    expect(await findPayments({ ...on, sender: addressAt(1) })).toContainEqual({
      id: made.id,
      terms: made.terms,
      leafIndex: made.leafIndex,
      block: made.block,
    })
  })

  test.each<[string, Partial<Parameters<typeof pay>[0]>, object]>([
    ['costs more than wanted', { maxCost: 1n }, { code: 'postage.price-too-high' }],
    ['has a bond above the floor', { rate: { ...rate, bond: 2n ** 90n } }, { code: 'payment.out-of-range' }],
    ['is for nobody', { count: 0 }, { code: 'payment.out-of-range' }],
    ['has no base', { rate: { ...rate, base: 0n } }, { code: 'payment.out-of-range' }],
    ['ends too late', { deliverBy: 2n ** 39n }, { code: 'payment.out-of-range' }],
  ])('refuses a payment that %s, before anything is sent', async (_, changes, error) => {
    const before = await chain.publicClient.getTransactionCount({ address: addressAt(1) })
    await expect(payFor([3], changes, 3)).rejects.toMatchObject(error)
    expect(await chain.publicClient.getTransactionCount({ address: addressAt(1) })).toBe(before)
  })

  test('the recipient settles by itself: the tip is its own, and a bond of spam is gone', async () => {
    const { made, openings } = await payFor([6, 7], {}, 4)
    const [first, second] = openings
    if (!first || !second) return expect.fail('Two were paid.')
    await settle({ ...on, wallet: chain.walletAt(6), opening: first, verdict: 'spam' })
    expect(await balanceOf(addressAt(6))).toBe(rate.tip)
    expect(await isSettled({ ...on, terms: made.terms, index: 0 })).toBe(true)
    expect(await isSettled({ ...on, terms: made.terms, index: 1 })).toBe(false)
    expect(await readPayment({ ...on, terms: made.terms })).toMatchObject({
      spam: 1,
      open: 1,
      burned: rate.bond,
      due: 0n,
    })
    const again = settle({ ...on, wallet: chain.walletAt(6), opening: first, verdict: 'fine' })
    await expect(again).rejects.toMatchObject({ code: 'payment.already-settled' })
    const foreign = settle({ ...on, wallet: chain.walletAt(8), opening: second, verdict: 'fine' })
    await expect(foreign).rejects.toMatchObject({ code: 'payment.verdict-not-signed' })
  })

  test('signed verdicts count from anybody, and those there already are passed over', async () => {
    const one = await payFor([9, 10], {}, 5)
    const two = await payFor([9], {}, 6)
    const openings = [...one.openings, ...two.openings]
    const settlements = await Promise.all(
      openings.map(async (opening, i) => {
        const wallet = chain.walletAt([9, 10, 9][i] ?? 9)
        const verdict = i === 1 ? ('spam' as const) : ('fine' as const)
        const signature = await signVerdict({ wallet, chainId: 31_337, payments: chain.payments, opening, verdict })
        return { opening, verdict, signature }
      }),
    )
    const [first] = settlements
    if (!first) return expect.fail('Three were signed.')
    await settle({ ...on, wallet: chain.walletAt(2), ...first })
    const [result] = await settleMany({ ...on, wallet: chain.walletAt(2), settlements })
    expect(result?.settled).toBe(2)
    expect(await balanceOf(addressAt(9))).toBe(2n * rate.tip)
    const lied = { ...first, verdict: 'spam' as const }
    await expect(settle({ ...on, wallet: chain.walletAt(2), ...lied })).rejects.toMatchObject({
      code: 'payment.verdict-not-signed',
    })
    const { fine, spam, ratio } = await burnRatioOf({ ...on, sender: addressAt(1), blocksAtOnce: 7n })
    expect([fine, spam]).toEqual([2, 2])
    expect(ratio).toBe(0.5)
    expect(await burnRatioOf({ ...on, sender: addressAt(2) })).toEqual({ fine: 0, spam: 0, ratio: undefined })
  })

  test('a signed verdict counts in each form that wallets write it, and the signer is checked', async () => {
    const forms = Object.keys(signatureForms) as SignatureForm[]
    const recipients = forms.map(() => 9)
    const { openings } = await payFor(recipients, {}, 20)
    const on31337 = { chainId: 31_337, payments: chain.payments }
    const settlements = await Promise.all(
      openings.map(async (opening, i) => {
        const form = forms[i] ?? 'no prefix'
        const signer = chain.walletAt(9)
        const wallet = {
          ...signer,
          signTypedData: async (typed: never) => writeAs(form, await signer.signTypedData(typed)),
        } as never
        const verdict = 'fine' as const
        const canonical = await signVerdict({ wallet, ...on31337, opening, verdict })
        expect(canonical).toBe(await signVerdict({ wallet: signer, ...on31337, opening, verdict }))
        return { opening, verdict, signature: writeAs(form, canonical) }
      }),
    )
    const [first, ...rest] = settlements
    if (!first) return expect.fail('Some were signed.')
    await settle({ ...on, wallet: chain.walletAt(2), ...first })
    const [result] = await settleMany({ ...on, wallet: chain.walletAt(2), settlements: rest })
    expect(result?.settled).toBe(rest.length)

    const { account } = chain.walletAt(10)
    const swapped = {
      ...chain.walletAt(9),
      signTypedData: (typed: object) => chain.walletAt(10).signTypedData({ ...typed, account } as never),
    }
    const wrong = signVerdict({ wallet: swapped as never, ...on31337, opening: first.opening, verdict: 'fine' })
    await expect(wrong).rejects.toMatchObject({
      code: 'wallet.signature',
      message: expect.stringContaining(`not by ${addressAt(9)}`),
    })
  })

  test('bonds of fine letters come back at once, what nobody settled 14 days after the end', async () => {
    const { made, openings } = await payFor([11, 12], {}, 7)
    const none = await payFor([13], {}, 8)
    const terms = [made.terms, none.made.terms]
    const [opening] = openings
    if (!opening) return expect.fail('Two were paid.')
    await settle({ ...on, wallet: chain.walletAt(11), opening, verdict: 'fine' })
    const sent = () => chain.publicClient.getTransactionCount({ address: addressAt(2) })
    const before = await sent()
    const first = await refund({ ...on, wallet: chain.walletAt(2), terms })
    expect(first.map(({ amount }) => amount)).toEqual([rate.bond, 0n])
    expect((await sent()) - before).toBe(1)

    const snapshot = await chain.testClient.snapshot()
    await chain.testClient.increaseTime({ seconds: 86_400 + 14 * 86_400 })
    await chain.testClient.mine({ blocks: 1 })
    expect((await readPayment({ ...on, terms: none.made.terms })).due).toBe(rate.bond + rate.tip)
    const held = await balanceOf(addressAt(1))
    const late = await refund({ ...on, wallet: chain.walletAt(2), terms })
    expect(late.map(({ amount }) => amount)).toEqual([rate.bond + rate.tip, rate.bond + rate.tip])
    expect((await balanceOf(addressAt(1))) - held).toBe(2n * (rate.bond + rate.tip))
    const over = settle({ ...on, wallet: chain.walletAt(13), opening: none.openings[0] ?? opening, verdict: 'fine' })
    await expect(over).rejects.toMatchObject({ code: 'payment.over' })
    await chain.testClient.revert({ id: snapshot })
  })

  test('a dry run ends before anything is sent', async () => {
    const controller = new AbortController()
    const before = await chain.publicClient.getTransactionCount({ address: addressAt(1) })
    const onProgress = ({ kind }: ChainProgress) => kind === 'simulated' && controller.abort(new Error('only looking'))
    await expect(payFor([3], { onProgress, signal: controller.signal }, 9)).rejects.toThrow('only looking')
    expect(await chain.publicClient.getTransactionCount({ address: addressAt(1) })).toBe(before)
  })

  test('paused, nothing new is paid, and what is due is fetched', async () => {
    const { openings, made } = await payFor([14], {}, 10)
    const snapshot = await chain.testClient.snapshot()
    const owner = await chain.ownerOf(chain.payments)
    await owner.writeContract({ address: chain.payments, abi: paymentsAbi, functionName: 'pause' })
    await expect(payFor([14], {}, 11)).rejects.toMatchObject({ code: 'postage.paused' })
    const [opening] = openings
    if (!opening) return expect.fail('One was paid.')
    await settle({ ...on, wallet: chain.walletAt(14), opening, verdict: 'fine' })
    const [back] = await refund({ ...on, wallet: chain.walletAt(1), terms: [made.terms] })
    expect(back?.amount).toBe(rate.bond)
    await chain.testClient.revert({ id: snapshot })
  })

  test('the leaf is the one that nodes compute', async () => {
    const { openings, made } = await payFor([15], {}, 12)
    const [opening] = openings
    if (!opening) return expect.fail('One was paid.')
    expect(recipientLeafOf({ ...opening, recipient: addressToBytes(addressAt(15)) })).toEqual(made.terms.root)
  })
})
