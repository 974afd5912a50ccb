import { type Address, type Hash, parseEventLogs, toHex } from 'viem'
import { addressToBytes, equalBytes, type PaymentTerms, paymentCommitment, paymentIdOf } from '../crypto/index.ts'
import { noteTreeAbi, paymentsAbi } from '../generated/abis.ts'
import { callOf, isSame } from './call.ts'
import { decoding, PaymentError } from './decode-error.ts'
import type { Finality } from './finality.ts'
import { findEvent, minedOf } from './find-mined.ts'
import { requireWithin } from './require-within.ts'
import { spend } from './spend.ts'
import { fromContractTerms, paymentHex } from './terms.ts'
import type { Mined } from './wait-for.ts'
import type { ActOptions } from './wallet.ts'

/** What is paid for each recipient, in the token's smallest unit. */
export type PaymentRate = Pick<PaymentTerms, 'base' | 'bond' | 'tip'>

export type PayOptions = ActOptions & {
  /** The contract of payments. */
  readonly payments: Address
  /** The token that it takes. */
  readonly token: Address
  /** Of the tree of recipients, 32 bytes; of one recipient its leaf. Keep what opens it before: without, nobody is paid. */
  readonly root: Uint8Array
  /** Recipients. */
  readonly count: number
  readonly rate: PaymentRate
  /** Unix seconds, within 90 days: after it the payment opens no lane, and 14 days later what is open comes back. */
  readonly deliverBy: bigint
  /** The most that all of it may take, bonds and tips included. */
  readonly maxCost?: bigint | undefined
}

/** A payment that is on the chain. */
export type PaymentMade = {
  readonly terms: PaymentTerms
  /** 32 bytes. */
  readonly id: Uint8Array
  readonly leafIndex: number
  /** Number of the operation in the note log; a checkpoint over more than so many has the payment. */
  readonly operation: bigint
  /** Bonds and tips included. */
  readonly cost: bigint
  readonly hash: Hash
  readonly block: bigint
  /** The numbers may change until it is `final`; see {@link finalityOf}. */
  readonly finality: Finality
}

/**
 * Pays for one letter or a million in one transaction. The same payment cannot be made twice: an attempt whose answer was
 * lost is repeated unchanged, and answers the payment that was made. Throws {@link PaymentError}; `payment.pending` says
 * that it may have been made.
 *
 * @example
 * ```ts
 * import { buildPaymentTree, pay } from '@pennypost/sdk/payments'
 *
 * const tree = await buildPaymentTree(recipients, { seed }) // keep the seed and the list before you pay
 * const { payments, token } = contracts
 * const rate = { base: 10n ** 16n, bond: 10n ** 18n, tip: 0n }
 * const deliverBy = BigInt(Math.floor(Date.now() / 1000) + 7 * 86_400)
 * const chain = { wallet: walletClient, public: publicClient }
 * const { terms } = await pay({ ...chain, payments, token, root: tree.root, count: tree.count, rate, deliverBy })
 * ```
 */
export function pay(options: PayOptions): Promise<PaymentMade> {
  return decoding(async () => {
    const { rate, count, maxCost, onProgress } = options
    const cost = costOf(options)
    requireWithin(cost, maxCost, `${count} letters with a bond of ${rate.bond} each`)
    onProgress?.({ kind: 'quoted', cost })
    const before = await findPayment(options)
    if (before) return readPayment(before, termsOf(options))
    return readPayment(await send(options, cost), termsOf(options))
  }, options.signal)
}

/** What an earlier call with the same terms has paid. */
async function findPayment(options: PayOptions): Promise<Mined | undefined> {
  const { public: chain, payments: address, signal } = options
  signal?.throwIfAborted()
  const payment = paymentHex(termsOf(options))
  const contract = { address, abi: paymentsAbi } as const
  const { isPaid } = await chain.readContract({ ...contract, functionName: 'ledgerOf', args: [payment] })
  if (!isPaid) return undefined
  const paid = await findEvent(options, { ...contract, eventName: 'Paid', args: { payment } })
  return paid && minedOf(chain, paid)
}

/** What a payment takes from its sender, bonds and tips included. */
export const costOf = ({ count, rate }: Pick<PayOptions, 'count' | 'rate'>): bigint =>
  BigInt(count) * (rate.base + rate.bond + rate.tip)

/** The terms of a payment, known before it is made. */
export function termsOf({
  wallet,
  root,
  count,
  rate,
  deliverBy,
}: Omit<PayOptions, 'payments' | 'token'>): PaymentTerms {
  return { sender: addressToBytes(wallet.account.address), count, deliverBy, root, ...rate }
}

function send(options: PayOptions, amount: bigint): Promise<Mined> {
  const { payments: address, token, root, count, rate, deliverBy } = options
  const contract = { address, abi: paymentsAbi } as const
  const { base, bond, tip } = rate
  const args = [toHex(root), BigInt(count), { base, bond, tip }, deliverBy] as const
  return spend(options, {
    token,
    amount,
    call: callOf({ ...contract, functionName: 'pay', args }),
    permitted: (permit) => callOf({ ...contract, functionName: 'payWithPermit', args: [...args, permit] }),
  })
}

function readPayment({ logs, hash, block, finality }: Mined, terms: PaymentTerms): PaymentMade {
  const id = paymentIdOf(terms)
  const paid = parseEventLogs({ abi: paymentsAbi, eventName: 'Paid', logs: [...logs] })
  const appended = parseEventLogs({ abi: noteTreeAbi, eventName: 'NoteAppended', logs: [...logs] })
  const payment = paid.find(({ args }) => isSame(args.payment, toHex(id)))
  const note = appended.find(({ args }) => args.leafIndex === payment?.args.leafIndex)
  const isOurs = payment && equalBytes(paymentIdOf(fromContractTerms(payment.args.terms)), id)
  if (!isOurs || note?.args.commitment !== paymentCommitment(id)) {
    throw new PaymentError('payment.failed', `Transaction ${hash} made no such payment.`)
  }
  const { operation, leafIndex } = note.args
  const cost = costOf({ count: terms.count, rate: terms })
  return { terms, id, leafIndex: Number(leafIndex), operation, cost, hash, block, finality }
}
