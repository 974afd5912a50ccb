import { type Hash, parseEther } from 'viem'
import { expect } from 'vitest'
import { commitmentOf, personHashOf, secretHashOf } from '../../sdk/crypto/index.ts'
import { operatorPoolAbi, postageTokenAbi } from '../../sdk/generated/abis.ts'
import type * as payments from '../../sdk/payments/index.ts'
import {
  type ActOptions,
  type ActStorage,
  buyStamps,
  type ChainProgress,
  exit,
  notify,
  type PaymentWallet,
  pay,
  type Refund,
  refund,
  requestExit,
  settle,
  settleMany,
  stake,
  stakeOf,
  transferLink,
  withdraw,
} from '../../sdk/payments/index.ts'
import type { TestChain } from './chain.ts'
import { makePlaces } from './payment-places.ts'

/** What a run does an act with. */
export type ActOn = {
  readonly storage?: ActStorage
  readonly wallet?: PaymentWallet
  readonly signal?: AbortSignal
  readonly onProgress?: (event: ChainProgress) => void
}
/** Something done on the chain. */
export type Act = (on: ActOn) => Promise<{ readonly hash: Hash }>

/** Calls, and is cut off as soon as something is sent; answers its hash. */
export async function cutOff(act: Act, on: ActOn): Promise<Hash> {
  const controller = new AbortController()
  let hash: Hash = '0x'
  const onProgress = (event: ChainProgress) => {
    if (event.kind !== 'sent') return
    hash = event.hash
    controller.abort(new Error('cut off'))
  }
  await expect(act({ ...on, signal: controller.signal, onProgress })).rejects.toThrow('cut off')
  return hash
}

type OptionsOf<F> = F extends (options: infer O) => Promise<infer R> ? (R extends boolean | bigint ? never : O) : never
/** All that sends something to the chain: one without a row below does not compile. */
type ActName = {
  [K in keyof typeof payments]: OptionsOf<(typeof payments)[K]> extends infer O
    ? [O] extends [never]
      ? never
      : O extends ActOptions
        ? K
        : never
    : never
}[keyof typeof payments]

const rate = { base: parseEther('1'), bond: parseEther('2'), tip: 0n }

type Where = { readonly payer: number; readonly mining: <T>(answer: Promise<T>) => Promise<T> }

/** What comes before the acts of an account. */
function createSetting(chain: TestChain, { payer, mining }: Where) {
  const common = (on: ActOn) => ({
    wallet: chain.walletAt(payer),
    public: chain.publicClient,
    token: chain.token,
    ...on,
  })
  const termsFor = async (root: Uint8Array, count: number) => {
    const { timestamp } = await chain.publicClient.getBlock()
    return { root, count, rate, deliverBy: timestamp + 86_400n, payments: chain.payments }
  }
  const payerItself = () => chain.walletAt(payer).account.address

  /** Letters that the payer has paid for, to itself. */
  async function paid(seed: number, count: number) {
    const { tree, openings } = await makePlaces(Array(count).fill(payerItself()), seed)
    const { terms } = await mining(pay({ ...common({}), ...(await termsFor(tree.root, count)) }))
    return { terms, openings: openings.map((opening) => ({ ...opening, terms })), payments: chain.payments }
  }

  async function shareWithPayer(): Promise<void> {
    const pool = { address: chain.operatorPool, abi: operatorPoolAbi } as const
    const owner = await chain.ownerOf(pool.address)
    await owner.writeContract({ ...pool, functionName: 'addOperator', args: [payerItself()] })
    await chain.testClient.mine({ blocks: 1 })
    const args = [pool.address, parseEther('3')] as const
    await chain
      .walletAt(0)
      .writeContract({ address: chain.token, abi: postageTokenAbi, functionName: 'transfer', args })
    await chain.testClient.mine({ blocks: 1 })
  }

  return { common, termsFor, payerItself, paid, shareWithPayer }
}

/** Each act with what must be there before it, on a chain that mines when it is told to. */
export function actsOn(chain: TestChain, where: Where): Record<ActName, () => Promise<Act>> {
  const { mining } = where
  const { common, termsFor, payerItself, paid, shareWithPayer } = createSetting(chain, where)
  return {
    notify: async () => (on) => notify({ ...common(on), notice: chain.notice, recipient: `0x${'ac'.repeat(20)}` }),
    transferLink: async () => (on) =>
      transferLink({ ...common(on), recipient: `0x${'ab'.repeat(20)}`, page: 'https://pennypost.example/mail.html' }),
    buyStamps: async () => (on) =>
      buyStamps({ ...common(on), postage: chain.postage, class: 1, count: 5, commitment: 1001n }),
    pay: async () => {
      const { tree } = await makePlaces([payerItself()], 1)
      const terms = await termsFor(tree.root, 1)
      return (on) => pay({ ...common(on), ...terms })
    },
    stake: async () => {
      const [secretHash, personHash] = [secretHashOf(1n), personHashOf(3n)]
      const opening = { commitment: commitmentOf(secretHash, personHash), secretHash, personHash }
      return (on) => stake({ ...common(on), stakes: chain.stakeRegistry, class: 1, opening })
    },
    settle: async () => {
      const { openings, payments } = await paid(2, 1)
      return (on) => settle({ ...common(on), payments, opening: openings[0]!, verdict: 'fine' })
    },
    settleMany: async () => {
      const { openings, payments } = await paid(3, 2)
      const settlements = openings.map((opening) => ({ opening, verdict: 'fine' as const }))
      return async (on) => (await settleMany({ ...common(on), payments, settlements }))[0]!
    },
    refund: async () => {
      const { openings, payments, terms } = await paid(4, 1)
      await mining(settle({ ...common({}), payments, opening: openings[0]!, verdict: 'fine' }))
      return async (on) => {
        const [{ hash = '0x' }] = (await refund({ ...common(on), payments, terms: [terms] })) as [Refund]
        return { hash }
      }
    },
    withdraw: async () => {
      await shareWithPayer()
      return (on) => withdraw({ ...common(on), operatorPool: chain.operatorPool })
    },
    requestExit: async () => (on) => requestExit({ ...common(on), stakes: chain.stakeRegistry }),
    exit: async () => {
      const on = { public: chain.publicClient, stakes: chain.stakeRegistry, account: payerItself() }
      const { exitAt = 0n } = (await stakeOf(on)) ?? {}
      await chain.testClient.setNextBlockTimestamp({ timestamp: exitAt })
      await chain.testClient.mine({ blocks: 1 })
      return (on) => exit({ ...common(on), stakes: chain.stakeRegistry })
    },
  }
}

/** The names of all acts, in an order in which each can be done. */
export const actNames = [
  'notify',
  'transferLink',
  'buyStamps',
  'pay',
  'stake',
  'settle',
  'settleMany',
  'refund',
  'withdraw',
  'requestExit',
  'exit',
] as const satisfies readonly ActName[]
