import type { Address } from 'viem'
import { fromHex, type PaymentTerms } from '../crypto/index.ts'
import { paymentsAbi } from '../generated/abis.ts'
import { decoding } from './decode-error.ts'
import { pagesOf } from './event-range.ts'
import { findEvent } from './find-mined.ts'
import { fromContractTerms, paymentHex, type Verdict } from './terms.ts'
import type { EventRange, PaymentChain } from './wallet.ts'

/** Where payments are read. */
export type ReadOptions = { readonly public: PaymentChain; readonly payments: Address }

/** What happened to a payment so far, in recipients and in the token's smallest unit. */
export type PaymentState = {
  readonly isPaid: boolean
  readonly fine: number
  readonly spam: number
  /** Recipients who gave no verdict; after a refund none of them can. */
  readonly open: number
  /** How many of the fine ones' bonds have gone back. */
  readonly returned: number
  /** Unix seconds, 14 days after `deliverBy`: from then on no verdict counts, and what stayed open goes back. */
  readonly closesAt: bigint
  /** Whether that time has come. */
  readonly isOver: boolean
  /** Whether what stayed open has gone back. */
  readonly isRefunded: boolean
  /** What the sender can claim now. */
  readonly due: bigint
  /** Tips that recipients got, and bonds that were burned. */
  readonly tipped: bigint
  readonly burned: bigint
}

const grace = 14n * 86_400n

/**
 * Reads what happened to a payment.
 *
 * @example
 * ```ts
 * import { readPayment } from '@pennypost/sdk/payments'
 *
 * const { fine, spam, due } = await readPayment({ public: publicClient, payments: contracts.payments, terms })
 * ```
 */
export function readPayment(options: ReadOptions & { readonly terms: PaymentTerms }): Promise<PaymentState> {
  return decoding(async () => {
    const { public: chain, payments: address, terms } = options
    const args = [paymentHex(terms)] as const
    const [ledger, { timestamp }] = await Promise.all([
      chain.readContract({ address, abi: paymentsAbi, functionName: 'ledgerOf', args }),
      chain.getBlock(),
    ])
    const { fine, spam, returned, isPaid, isRefunded } = ledger
    const open = terms.count - fine - spam
    const closesAt = terms.deliverBy + grace
    const isOver = timestamp >= closesAt
    const late = isPaid && isOver && !isRefunded ? BigInt(open) * (terms.bond + terms.tip) : 0n
    return {
      isPaid,
      fine,
      spam,
      open,
      returned,
      closesAt,
      isOver,
      isRefunded,
      due: BigInt(fine - returned) * terms.bond + late,
      tipped: BigInt(fine + spam) * terms.tip,
      burned: BigInt(spam) * terms.bond,
    }
  })
}

type ReadPlace = ReadOptions & { readonly terms: PaymentTerms; readonly index: number }

/** Whether a recipient's verdict is on the chain. */
export function isSettled(options: ReadPlace): Promise<boolean> {
  const { public: chain, payments: address, terms, index } = options
  const args = [paymentHex(terms), BigInt(index)] as const
  return decoding(() => chain.readContract({ address, abi: paymentsAbi, functionName: 'isSettled', args }))
}

/** A recipient's verdict, as the chain has it; undefined where there is none. */
export async function readVerdict(options: ReadPlace & EventRange): Promise<Verdict | undefined> {
  if (!(await isSettled(options))) return undefined
  const { payments: address, terms, index } = options
  const query = { address, abi: paymentsAbi, eventName: 'Settled', args: { payment: paymentHex(terms) } }
  const settled = await decoding(() => findEvent(options, query, ({ args }) => args.index === BigInt(index)))
  return settled?.args.verdict === 1 ? 'spam' : 'fine'
}

/** What recipients have said about a sender's letters. */
export type BurnRatio = {
  readonly fine: number
  readonly spam: number
  /** spam / (fine + spam); undefined if nobody has said anything. */
  readonly ratio: number | undefined
}

/**
 * Counts the verdicts on all letters that an account has paid for.
 *
 * @example
 * ```ts
 * import { burnRatioOf } from '@pennypost/sdk/payments'
 *
 * const { ratio } = await burnRatioOf({ public: publicClient, payments: contracts.payments, sender })
 * ```
 */
export function burnRatioOf(options: ReadOptions & EventRange & { readonly sender: Address }): Promise<BurnRatio> {
  return decoding(async () => {
    const counts = [0, 0]
    for await (const range of pagesOf(options)) {
      const events = await options.public.getContractEvents({
        address: options.payments,
        abi: paymentsAbi,
        eventName: 'Settled',
        args: { sender: options.sender },
        ...range,
      })
      for (const { args } of events) counts[args.verdict ?? 0] = (counts[args.verdict ?? 0] ?? 0) + 1
    }
    const [fine = 0, spam = 0] = counts
    return { fine, spam, ratio: fine + spam === 0 ? undefined : spam / (fine + spam) }
  })
}

/** A payment as the chain's log has it. */
export type FoundPayment = {
  readonly id: Uint8Array
  readonly terms: PaymentTerms
  readonly leafIndex: number
  readonly block: bigint
}

/**
 * All payments of an account, oldest first.
 *
 * @example
 * ```ts
 * import { findPayments } from '@pennypost/sdk/payments'
 *
 * const made = await findPayments({ public: publicClient, payments: contracts.payments, sender })
 * ```
 */
export function findPayments(
  options: ReadOptions & EventRange & { readonly sender: Address },
): Promise<FoundPayment[]> {
  return decoding(async () => {
    const found: FoundPayment[] = []
    for await (const range of pagesOf(options)) {
      const events = await options.public.getContractEvents({
        address: options.payments,
        abi: paymentsAbi,
        eventName: 'Paid',
        args: { sender: options.sender },
        strict: true,
        ...range,
      })
      for (const { args, blockNumber: block } of events) {
        const { payment, terms, leafIndex } = args
        found.push({
          id: fromHex(payment.slice(2)),
          terms: fromContractTerms(terms),
          leafIndex: Number(leafIndex),
          block,
        })
      }
    }
    return found.sort((a, b) => a.leafIndex - b.leafIndex)
  })
}
