import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addressToBytes, commitmentOf, personHashOf, secretHashOf } from '../../../sdk/crypto/index.ts'
import { postageTokenAbi } from '../../../sdk/generated/abis.ts'
import {
  buyStamps,
  type ChainProgress,
  notify,
  pay,
  settle,
  signVerdict,
  stake,
  stakeOf,
} from '../../../sdk/payments/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { makePlaces } from '../../helpers/payment-places.ts'
import { startSmartWallet } from '../../helpers/smart-wallet.ts'

const rate = { base: parseEther('1'), bond: parseEther('2'), tip: parseEther('0.5') }

describe('a wallet that makes several calls at once', () => {
  let chain: TestChain
  let smart: Awaited<ReturnType<typeof startSmartWallet>>

  beforeAll(async () => {
    chain = await startTestChain()
    smart = await startSmartWallet(chain)
  })
  afterAll(() => chain?.close())

  const steps: string[] = []
  const onProgress = (event: ChainProgress) => steps.push(event.kind === 'authorizing' ? `by ${event.by}` : event.kind)
  const base = () => ({ wallet: smart.wallet, public: chain.publicClient, token: chain.token, onProgress })
  const allowance = (spender: `0x${string}`) =>
    chain.publicClient.readContract({
      address: chain.token,
      abi: postageTokenAbi,
      functionName: 'allowance',
      args: [smart.address, spender],
    })
  const inOneBatch = ['quoted', 'by batch', 'simulated', 'sent', 'mined']

  /** Does something, and answers which steps it took and how many calls each batch had. */
  async function follow(act: () => Promise<unknown>) {
    const before = smart.batches.length
    steps.length = 0
    await act()
    return { steps: [...steps], batches: smart.batches.slice(before) }
  }

  test('buys, pays, stakes and notifies in one batch each, and leaves no allowance', async () => {
    const { postage, payments, stakeRegistry: stakes, notice } = chain
    const bought = await follow(() => buyStamps({ ...base(), postage, class: 1, count: 10, commitment: 5n }))
    expect(bought).toEqual({ steps: inOneBatch, batches: [2] })

    const { tree } = await makePlaces([chain.walletAt(3).account.address], 1)
    const { timestamp } = await chain.publicClient.getBlock()
    const terms = { root: tree.root, count: 1, rate, deliverBy: timestamp + 86_400n }
    const paid = await follow(() => pay({ ...base(), payments, ...terms }))
    expect(paid).toEqual({ steps: inOneBatch, batches: [2] })

    const [secretHash, personHash] = [secretHashOf(7n), personHashOf(8n)]
    const opening = { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
    expect(await follow(() => stake({ ...base(), stakes, class: 1, opening }))).toEqual({
      steps: inOneBatch,
      batches: [2],
    })
    expect(await stakeOf({ public: chain.publicClient, stakes, account: smart.address })).toMatchObject({ class: 1 })

    const recipient = chain.walletAt(9).account.address
    expect((await follow(() => notify({ ...base(), notice, recipient }))).batches).toEqual([2])
    for (const spender of [postage, payments, stakes, notice]) expect(await allowance(spender)).toBe(0n)
  })

  test('goes on with a batch whose answer never came, by the name that it gave it', async () => {
    const saved = new Map<string, Uint8Array>()
    const storageOf = () => ({
      get: async (key: string) => saved.get(key),
      set: async (key: string, value: Uint8Array) => saved.set(key, value),
    })
    const recipient = chain.walletAt(11).account.address
    const act = (signal?: AbortSignal) =>
      notify({ ...base(), notice: chain.notice, recipient, storage: storageOf(), signal })
    smart.loses.answers = true
    await expect(act(AbortSignal.timeout(1_500))).rejects.toMatchObject({ name: 'TimeoutError' })
    smart.loses.answers = false
    expect(await act()).toMatchObject({ count: 1 })
    expect(await act()).toMatchObject({ count: 2 })
  })

  test('finds out before the batch that it would fail', async () => {
    const { postage, payments } = chain
    const { batches } = await follow(async () => {
      const unknown = buyStamps({ ...base(), postage, class: 9, count: 1, commitment: 6n })
      await expect(unknown).rejects.toMatchObject({ code: 'postage.class-unknown' })
      const root = new Uint8Array(32)
      const late = pay({ ...base(), payments, root, count: 1, rate, deliverBy: 2n ** 39n })
      await expect(late).rejects.toMatchObject({ code: 'payment.out-of-range' })
      const { timestamp } = await chain.publicClient.getBlock()
      const dear = pay({ ...base(), payments, root, count: 9_000_000, rate, deliverBy: timestamp + 60n })
      await expect(dear).rejects.toMatchObject({ code: 'token.balance-too-low' })
    })
    expect(batches).toEqual([])
  })

  test('is not asked for batches that it does not make whole, nor for permits that no token takes', async () => {
    const partly = await startSmartWallet(chain, { atomic: 'unsupported' })
    const recipient = chain.walletAt(10).account.address
    steps.length = 0
    await notify({ ...base(), wallet: partly.wallet, notice: chain.notice, recipient })
    expect(steps).toEqual(['quoted', 'by approval', 'allowing', 'simulated', 'sent', 'mined'])
    expect(partly.batches).toEqual([1, 1])
  })

  test('signs a verdict that counts for the contract', async () => {
    const { payments } = chain
    const { tree, openings } = await makePlaces([smart.address], 2)
    const { timestamp } = await chain.publicClient.getBlock()
    const terms = { root: tree.root, count: 1, rate, deliverBy: timestamp + 86_400n }
    const on = { public: chain.publicClient, payments }
    const made = await pay({ ...on, wallet: chain.walletAt(1), token: chain.token, ...terms })
    const [place] = openings
    if (!place) return expect.fail('One was paid.')
    const opening = { ...place, terms: made.terms, recipient: addressToBytes(smart.address) }
    const verdict = 'fine' as const
    const signature = await signVerdict({ wallet: smart.wallet, chainId: 31_337, payments, opening, verdict })
    expect(await settle({ ...on, wallet: chain.walletAt(2), opening, verdict, signature })).toMatchObject({
      settled: 1,
    })
  })
})
