import { type Address, type Hash, type Hex, parseEventLogs } from 'viem'
import { paymentIdOf } from '../crypto/index.ts'
import { paymentsAbi } from '../generated/abis.ts'
import { type PaymentOpening, paymentHex, toContractOpening, toContractTerms, type Verdict } from './terms.ts'
import { callOf, decoding, isSame, type Mined, transact } from './transact.ts'
import type { ActOptions, PaymentWallet } from './wallet.ts'

/** One verdict to be brought to the chain; with the recipient's signature anybody may bring it. */
export type Settlement = {
  readonly opening: PaymentOpening
  readonly verdict: Verdict
  /** By the recipient, see {@link signVerdict}; not needed where the recipient itself sends. */
  readonly signature?: Hex | undefined
}

export type SettleOptions = ActOptions & { readonly payments: Address }

/** What a verdict came to. */
export type Settled = {
  readonly hash: Hash
  readonly block: bigint /** Verdicts that were new. */
  readonly settled: number
}

/**
 * Gives the verdict on one letter: the recipient gets the tip, and the bond goes back to the sender or is burned. Refused
 * with `payment.settled-before` where it was given before. Throws {@link PaymentError}.
 */
export function settle(options: SettleOptions & Settlement): Promise<Settled> {
  const { payments: address, opening } = options
  const args = [toContractTerms(opening.terms), toContractOpening(opening, options)] as const
  const call = callOf({ address, abi: paymentsAbi, functionName: 'settle', args })
  return decoding(async () => settledBy(options, await transact(options, call)))
}

/** So many verdicts fit a transaction with room to spare. */
const mostAtOnce = 200

/**
 * Brings many verdicts at once, of one payment or of many; those that are on the chain already are passed over. Answers one
 * result for each transaction. Throws {@link PaymentError}.
 */
export function settleMany(
  options: SettleOptions & { readonly settlements: readonly Settlement[] },
): Promise<Settled[]> {
  return decoding(async () => {
    const results: Settled[] = []
    for (let i = 0; i < options.settlements.length; i += mostAtOnce) {
      const args = [batchesOf(options.settlements.slice(i, i + mostAtOnce))] as const
      const call = callOf({ address: options.payments, abi: paymentsAbi, functionName: 'settleMany', args })
      results.push(settledBy(options, await transact(options, call)))
    }
    return results
  })
}

function batchesOf(settlements: readonly Settlement[]) {
  const byPayment = Map.groupBy(settlements, ({ opening }) => paymentHex(opening.terms))
  return [...byPayment.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    return [
      {
        terms: toContractTerms(first.opening.terms),
        openings: group.map((one) => toContractOpening(one.opening, one)),
      },
    ]
  })
}

function settledBy({ payments }: SettleOptions, { hash, block, logs }: Mined): Settled {
  const events = parseEventLogs({ abi: paymentsAbi, eventName: 'Settled', logs: [...logs] })
  return { hash, block, settled: events.filter(({ address }) => isSame(address, payments)).length }
}

const types = {
  Verdict: [
    { name: 'payment', type: 'bytes32' },
    { name: 'index', type: 'uint256' },
    { name: 'verdict', type: 'string' },
  ],
} as const

export type SignVerdictOptions = Pick<Settlement, 'opening' | 'verdict'> & {
  readonly wallet: PaymentWallet
  readonly chainId: number
  readonly payments: Address
}

/**
 * Lets the recipient's wallet sign its verdict (EIP-712, in words): whoever has it can bring it to the chain, so that the
 * recipient needs no gas. It counts once, on this chain, for this contract.
 */
export function signVerdict({ wallet, chainId, payments, opening, verdict }: SignVerdictOptions): Promise<Hex> {
  const domain = { name: 'Pennypost Payments', version: '1', chainId, verifyingContract: payments } as const
  const message = { payment: paymentHex(paymentIdOf(opening.terms)), index: BigInt(opening.index), verdict }
  return decoding(() =>
    wallet.signTypedData({ account: wallet.account, domain, types, primaryType: 'Verdict', message }),
  )
}
