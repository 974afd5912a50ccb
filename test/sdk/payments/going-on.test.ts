import { HttpRequestError, parseEther, RpcRequestError } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commitmentOf, personHashOf, secretHashOf } from '../../../sdk/crypto/index.ts'
import { postageTokenAbi } from '../../../sdk/generated/abis.ts'
import {
  buyStamps,
  finalityOf,
  notify,
  type PaymentChain,
  PaymentError,
  pay,
  refund,
  settle,
  settleMany,
  stake,
} from '../../../sdk/payments/index.ts'
import { startTestChain, type TestChain } from '../../helpers/chain.ts'
import { makePlaces } from '../../helpers/payment-places.ts'

// What follows an irreversible step must not look like its failure, nor be paid for twice.

const rate = { base: parseEther('1'), bond: parseEther('2'), tip: parseEther('0.5') }

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain()
  const args = [chain.walletAt(3).account.address, parseEther('5000')] as const
  await chain.walletAt(0).writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args })
})
afterAll(() => chain?.close())

const lost = () => Promise.reject(new Error('the connection was reset'))

/** A chain whose answer about receipts is lost so many times. */
function losing(times: number): PaymentChain {
  let left = times
  const { publicClient } = chain
  const waitForTransactionReceipt: PaymentChain['waitForTransactionReceipt'] = (options) =>
    left-- > 0 ? lost() : publicClient.waitForTransactionReceipt(options)
  return { ...publicClient, waitForTransactionReceipt } as PaymentChain
}

/** A chain that answers for events of so few blocks at once, as providers do. */
function bounded(blocks: bigint): PaymentChain {
  const { publicClient } = chain
  const getContractEvents: PaymentChain['getContractEvents'] = async (query) => {
    const { fromBlock = 0n, toBlock = 'latest' } = query as { fromBlock?: bigint; toBlock?: bigint | 'latest' }
    const last = toBlock === 'latest' ? await publicClient.getBlockNumber({ cacheTime: 0 }) : toBlock
    if (last - fromBlock >= blocks) throw refusal(-32005)
    return publicClient.getContractEvents(query)
  }
  return { ...publicClient, getContractEvents }
}

const sent = (index: number) => chain.publicClient.getTransactionCount(chain.walletAt(index).account)
const held = (index: number) =>
  chain.publicClient.readContract({
    address: chain.token,
    abi: postageTokenAbi,
    functionName: 'balanceOf',
    args: [chain.walletAt(index).account.address],
  })

type Act = (
  on: { public: PaymentChain; blocksAtOnce?: bigint; onProgress?: (event: { kind: string }) => void },
  wallet?: ReturnType<TestChain['walletAt']>,
) => Promise<object>

/** Each act that spends and that the chain knows again, with values that stay the same from call to call. */
async function actsThatGoOn(seed: number): Promise<[string, Act][]> {
  const base = { wallet: chain.walletAt(3), token: chain.token }
  const [secretHash, personHash] = [secretHashOf(BigInt(seed)), personHashOf(3n)]
  const opening = { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
  const { tree } = await makePlaces([chain.walletAt(5).account.address], seed)
  const { timestamp } = await chain.publicClient.getBlock()
  const terms = { root: tree.root, count: 1, rate, deliverBy: timestamp + 86_400n, payments: chain.payments }
  const bought = { postage: chain.postage, class: 1, count: 5, commitment: BigInt(1000 + seed) }
  return [
    ['buying', (on, wallet) => buyStamps({ ...base, ...(wallet && { wallet }), ...on, ...bought })],
    ['paying', (on, wallet) => pay({ ...base, ...(wallet && { wallet }), ...on, ...terms })],
    [
      'staking',
      (on, wallet) =>
        stake({ ...base, ...(wallet && { wallet }), ...on, stakes: chain.stakeRegistry, class: 1, opening }),
    ],
  ]
}

describe('an act on the chain', () => {
  test('answers what happened though receipts are lost, its listener throws, and it is called again', async () => {
    for (const [name, act] of await actsThatGoOn(1)) {
      const before = await sent(3)
      const onProgress = ({ kind }: { kind: string }) => {
        if (kind === 'sent' || kind === 'mined') throw new Error('the window was closed')
      }
      const made = await act({ public: losing(2), onProgress })
      const [count, balance] = [await sent(3), await held(3)]
      expect(count - before, name).toBe(1)
      expect(await act({ public: chain.publicClient }), name).toEqual(made)
      expect([await sent(3), await held(3)], name).toEqual([count, balance])
    }
  })

  test('whose receipt stays lost says that it is pending, and is found by the next call', async () => {
    // the account has its stake from above: staking is refused here before anything is sent
    for (const [name, act] of (await actsThatGoOn(2)).slice(0, 2)) {
      const error = await act({ public: losing(99) }).catch((reason) => reason)
      expect(error, name).toMatchObject({ code: 'payment.pending', values: [expect.stringMatching(/^0x/)] })
      const [count, balance] = [await sent(3), await held(3)]
      expect(await act({ public: chain.publicClient }), name).toMatchObject({ hash: error.values[0] })
      expect([await sent(3), await held(3)], name).toEqual([count, balance])
    }
  })

  test("whose wallet's answer is lost after it has sent is found all the same, now and by the next call", async () => {
    for (const [name, act] of (await actsThatGoOn(3)).slice(0, 2)) {
      const wallet = chain.walletAt(3)
      const sendRawTransaction = async (call: never) => {
        await chain.publicClient.waitForTransactionReceipt({ hash: await wallet.sendRawTransaction(call) })
        throw new HttpRequestError({ url: 'http://wallet', details: 'reset' })
      }
      const cut = { ...wallet, sendRawTransaction } as never
      const made = await act({ public: chain.publicClient }, cut)
      const count = await sent(3)
      expect(await act({ public: chain.publicClient }), name).toEqual(made)
      expect(await sent(3), name).toBe(count)
    }
  })

  test('goes on after its receipt was lost, also where nothing could be found again: a notice', async () => {
    const recipient = chain.walletAt(9).account.address
    const on = { wallet: chain.walletAt(3), token: chain.token, notice: chain.notice, recipient }
    expect(await notify({ ...on, public: losing(2) })).toMatchObject({ count: 1 })
  })

  test('is found again by a provider that answers for few blocks at once', async () => {
    const [buying, paying] = await actsThatGoOn(4)
    const [, , staking] = await actsThatGoOn(1)
    for (const [name, act] of [buying, paying, staking] as [string, Act][]) {
      const made = await act({ public: chain.publicClient })
      const [count, balance] = [await sent(3), await held(3)]
      await chain.testClient.mine({ blocks: 12 })
      expect(await act({ public: bounded(5n), blocksAtOnce: 5n }), name).toEqual({ ...made, finality: 'final' })
      expect([await sent(3), await held(3)], name).toEqual([count, balance])
    }
  })

  test('with other values than before is another: a stake stays refused', async () => {
    const [secretHash, personHash] = [secretHashOf(77n), personHashOf(3n)]
    const opening = { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
    const on = { wallet: chain.walletAt(3), public: chain.publicClient, token: chain.token }
    const other = stake({ ...on, stakes: chain.stakeRegistry, class: 1, opening })
    await expect(other).rejects.toMatchObject({ code: 'stake.already-staked' })
  })
})

describe('verdicts and refunds', () => {
  const payTwo = (seed: number) => payTo([5, 6], seed)
  async function payTo(indexes: readonly number[], seed: number) {
    const recipients = indexes.map((index) => chain.walletAt(index).account.address)
    const { tree, openings } = await makePlaces(recipients, seed)
    const { timestamp } = await chain.publicClient.getBlock()
    const terms = { root: tree.root, count: tree.count, rate, deliverBy: timestamp + 86_400n }
    const on = { public: chain.publicClient, payments: chain.payments }
    const made = await pay({ ...on, wallet: chain.walletAt(3), token: chain.token, ...terms })
    return { made, on, openings: openings.map((opening) => ({ ...opening, terms: made.terms })) }
  }

  test('the same verdict again is answered with the transaction that brought it; another is refused', async () => {
    const { on, openings } = await payTwo(11)
    const [opening] = openings
    if (!opening) return expect.fail('Two were paid.')
    const own = { ...on, wallet: chain.walletAt(5), opening }
    const { hash, block } = await settle({ ...own, verdict: 'fine' })
    for (const on of [{}, { public: bounded(5n), blocksAtOnce: 5n }]) {
      expect(await settle({ ...own, verdict: 'fine', ...on })).toEqual({ hash, block, settled: 0 })
    }
    await expect(settle({ ...own, verdict: 'spam' })).rejects.toMatchObject({ code: 'payment.already-settled' })
  })

  test('of two transactions of verdicts the first is answered where the second fails, and the same call brings the rest', async () => {
    const { made, on, openings } = await payTo(Array(201).fill(5), 14)
    const settlements = openings.map((opening) => ({
      opening: { ...opening, terms: made.terms },
      verdict: 'fine' as const,
    }))
    let simulated = 0
    const simulateContract = (call: never) => (++simulated > 1 ? lost() : chain.publicClient.simulateContract(call))
    const failing = { ...on, public: { ...chain.publicClient, simulateContract } as never, wallet: chain.walletAt(5) }
    const stopped = await settleMany({ ...failing, settlements })
    expect(stopped).toMatchObject([{ settled: 200, stoppedBy: { message: 'the connection was reset' } }])
    const again = await settleMany({ ...on, wallet: chain.walletAt(5), settlements })
    expect(again.map(({ settled }) => settled)).toEqual([0, 1])
    const nothing = { ...failing, settlements: settlements.slice(0, 1) }
    await expect(settleMany(nothing)).rejects.toThrow('reset')
  })

  test('what came back is answered, whatever fails afterwards', async () => {
    const [one, two] = [await payTwo(12), await payTwo(13)]
    for (const { on, openings } of [one, two]) {
      const [opening] = openings
      if (opening) await settle({ ...on, wallet: chain.walletAt(5), opening, verdict: 'fine' })
    }
    let simulated = 0
    const simulateContract = (call: never) => (++simulated > 1 ? lost() : chain.publicClient.simulateContract(call))
    const failing = { ...chain.publicClient, simulateContract } as never
    const terms = [one.made.terms, two.made.terms]
    const [first, second] = await refund({ ...one.on, public: failing, wallet: chain.walletAt(3), terms })
    expect(first).toMatchObject({ amount: rate.bond, hash: expect.any(String) })
    expect(second).toMatchObject({ amount: 0n, hash: undefined, stoppedBy: expect.any(Error) })
    const again = await refund({ ...one.on, wallet: chain.walletAt(3), terms })
    expect(again.map(({ amount }) => amount)).toEqual([0n, rate.bond])
    const nothing = { ...chain.publicClient, simulateContract: lost } as never
    await expect(refund({ ...one.on, public: nothing, wallet: chain.walletAt(3), terms })).rejects.toThrow('reset')
  })
})

/** What a chain's node answers to a question that it does not take. */
const refusal = (code: number) => new RpcRequestError({ body: {}, url: 'http://chain', error: { code, message: 'no' } })

describe('how sure a transaction is', () => {
  const at = (blocks: { latest: bigint; finalized?: bigint }) => ({
    getTransactionReceipt: async () => ({ blockNumber: 100n }),
    getBlock: async ({ blockTag = 'latest' }: { blockTag?: 'latest' | 'finalized' } = {}) => {
      if (blocks[blockTag] === undefined) throw refusal(-32602)
      return { number: blocks[blockTag] }
    },
  })
  test.each([
    ['final', { latest: 200n, finalized: 100n }],
    ['mined', { latest: 200n, finalized: 99n }],
    ['final', { latest: 112n }],
    ['mined', { latest: 111n }],
  ])('is %s with %o', async (expected, blocks) => {
    expect(await finalityOf({ public: at(blocks) as never, hash: '0x00' })).toBe(expected)
  })

  test.each([
    ['is busy', refusal(-32005)],
    ['is at fault', refusal(-32603)],
    ['cannot be reached', new HttpRequestError({ url: 'http://chain', details: 'invalid block tag: finalized' })],
  ])('is not guessed from the number of blocks where the node %s', async (_, error) => {
    const getBlock = async ({ blockTag }: { blockTag?: string } = {}) =>
      blockTag === 'finalized' ? Promise.reject(error) : { number: 200n }
    const failing = { ...at({ latest: 200n }), getBlock } as never
    await expect(finalityOf({ public: failing, hash: '0x00' })).rejects.toBeInstanceOf(PaymentError)
  })

  test('is asked of a real chain, which does not know every hash', async () => {
    const { hash } = await chain.buy(4_000n)
    expect(await finalityOf({ public: chain.publicClient, hash })).toMatch(/^(final|mined)$/)
    const unknown = await finalityOf({ public: chain.publicClient, hash: `0x${'ab'.repeat(32)}` })
    expect(unknown).toBe('unmined')
  })
})
