import { parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitmentOf, FIELD_ORDER, personHashOf, secretHashOf } from '../../../sdk/crypto/index.ts'
import { operatorPoolAbi, postageTokenAbi } from '../../../sdk/generated/abis.ts'
import {
  dueTo,
  exit,
  noticeOf,
  notify,
  readClass,
  requestExit,
  type StakeOptions,
  stake,
  stakeOf,
  withdraw,
} from '../../../sdk/payments/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'

const openingOf = (secret: bigint) => {
  const [secretHash, personHash] = [secretHashOf(secret), personHashOf(3n)]
  return { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
}

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(() => chain?.close())

/** Gives an account tokens, and answers what it acts with. */
async function actAs(index: number, tokens = '0') {
  const wallet = chain.walletAt(index)
  const args = [wallet.account.address, parseEther(tokens)] as const
  await chain.walletAt(0).writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args })
  return { wallet, public: chain.publicClient, token: chain.token, stakes: chain.stakeRegistry, notice: chain.notice }
}
const stakeOfAccount = (index: number) =>
  stakeOf({ public: chain.publicClient, stakes: chain.stakeRegistry, account: chain.walletAt(index).account.address })

describe('staking', () => {
  test('deposits, leaves the tree, and comes back whole after the wait', async () => {
    const on = await actAs(3, '2000')
    const terms = await readClass({ ...on, class: 1 })
    const made = await stake({ ...on, class: 1, opening: openingOf(1n), maxAmount: terms.amount })
    expect(made).toMatchObject({ leafIndex: 0, operation: 0n, amount: terms.amount, limit: BigInt(terms.limit) })
    expect(await stakeOfAccount(3)).toEqual({
      class: 1,
      amount: terms.amount,
      leafIndex: 0,
      exitAt: 0n,
      isSlashed: false,
    })
    await expect(exit(on)).rejects.toMatchObject({ code: 'stake.in-force' })
    const { exitAt } = await requestExit(on)
    expect((await stakeOfAccount(3))?.exitAt).toBe(exitAt)
    await expect(requestExit(on)).rejects.toMatchObject({ code: 'stake.exiting', values: [exitAt] })
    await expect(exit(on)).rejects.toMatchObject({ code: 'stake.too-early', values: [exitAt] })
    await chain.testClient.setNextBlockTimestamp({ timestamp: exitAt })
    await chain.testClient.mine({ blocks: 1 })
    expect(await exit(on)).toMatchObject({ amount: terms.amount })
    expect(await stakeOfAccount(3)).toBeUndefined()
    await expect(exit(on)).rejects.toMatchObject({ code: 'stake.missing' })
  })

  test('takes one stake of an account', async () => {
    const on = await actAs(4, '2000')
    await stake({ ...on, class: 1, opening: openingOf(2n) })
    await expect(stake({ ...on, class: 1, opening: openingOf(3n) })).rejects.toMatchObject({
      code: 'stake.already-staked',
    })
  })

  test.each<[string, Partial<StakeOptions>, object]>([
    ['is of a class that is not there', { class: 7 }, { code: 'stake.class-unknown', values: [7n] }],
    ['takes more than wanted', { maxAmount: 5n }, { code: 'postage.price-too-high' }],
    [
      'has a hash that is none',
      { opening: { ...openingOf(4n), secretHash: FIELD_ORDER } },
      { code: 'stake.hash-out-of-range' },
    ],
  ])('refuses a stake that %s, before anything is sent', async (_, changes, error) => {
    const on = await actAs(5, '2000')
    const before = await chain.publicClient.getTransactionCount(on.wallet.account)
    await expect(stake({ ...on, class: 1, opening: openingOf(4n), ...changes })).rejects.toMatchObject(error)
    expect(await chain.publicClient.getTransactionCount(on.wallet.account)).toBe(before)
  })

  test('says that the account has too little', async () => {
    await expect(stake({ ...(await actAs(6)), class: 1, opening: openingOf(5n) })).rejects.toMatchObject({
      code: 'token.balance-too-low',
    })
  })
})

describe('notices', () => {
  test('tell an address, count, and show a picture without a word of the sender', async () => {
    const on = await actAs(7, '100')
    const recipient = chain.walletAt(15).account.address
    expect(await noticeOf({ ...on, recipient })).toMatchObject({ count: 0, isHeld: false, metadata: undefined })
    expect(await notify({ ...on, recipient })).toMatchObject({ count: 1 })
    expect(await notify({ ...on, recipient })).toMatchObject({ count: 2 })
    const { count, isHeld, metadata } = await noticeOf({ ...on, recipient })
    expect({ count, isHeld }).toEqual({ count: 2, isHeld: true })
    expect(metadata?.name).toBe('Encrypted mail for you')
    expect(metadata?.svg).toContain(recipient)
    expect(metadata?.image).toMatch(/^data:image\/svg\+xml;base64,/)
  })

  test('are refused by who burned its own, and by nobody', async () => {
    const on = await actAs(8, '100')
    const recipient = chain.walletAt(16).account.address
    await notify({ ...on, recipient })
    const { noticeAbi } = await import('../../../sdk/generated/abis.ts')
    await chain.walletAt(16).writeContract({ address: chain.notice, abi: noticeAbi, functionName: 'optOut' })
    await expect(notify({ ...on, recipient })).rejects.toMatchObject({ code: 'notice.refused', values: [recipient] })
    const nobody = `0x${'0'.repeat(40)}` as const
    await expect(notify({ ...on, recipient: nobody })).rejects.toMatchObject({ code: 'notice.recipient-wrong' })
    await expect(notify({ ...on, recipient, maxPrice: 1n })).rejects.toMatchObject({ code: 'postage.price-too-high' })
  })
})

describe('the pool of operators', () => {
  test('sends an operator its share, and says where nothing is due', async () => {
    const { wallet } = await actAs(9)
    const on = { wallet, public: chain.publicClient, operatorPool: chain.operatorPool }
    await expect(withdraw(on)).rejects.toMatchObject({ code: 'operator-pool.nothing-due' })
    const owner = await chain.ownerOf(chain.operatorPool)
    const args = [wallet.account.address] as const
    await owner.writeContract({ address: chain.operatorPool, abi: operatorPoolAbi, functionName: 'addOperator', args })
    const share = [chain.operatorPool, parseEther('3')] as const
    const before = await dueTo({ ...on, operator: wallet.account.address })
    const gift = { address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args: share } as const
    await chain.walletAt(0).writeContract(gift)
    const due = await dueTo({ ...on, operator: wallet.account.address })
    expect(due).toBeGreaterThan(before)
    expect((await withdraw(on)).amount).toBe(due)
  })
})
