import { type Address, type Hash, parseEventLogs } from 'viem'
import type { PaymentTerms } from '../crypto/index.ts'
import { paymentsAbi } from '../generated/abis.ts'
import { type ContractCall, callOf, isSame } from './call.ts'
import { decoding, PaymentError } from './decode-error.ts'
import { paymentHex, toContractTerms } from './terms.ts'
import { transact } from './transact.ts'
import type { ActOptions } from './wallet.ts'

/** What came back of one payment; without a transaction where nothing was due. */
export type Refund = {
  readonly terms: PaymentTerms
  readonly amount: bigint
  readonly hash: Hash | undefined
  /** Why nothing came of this one, where others had come back before; the same call again fetches it. */
  readonly stoppedBy?: unknown
}

/**
 * Fetches what is due to the sender of payments: bonds of letters called fine at any time, and from 14 days after
 * `deliverBy` what nobody settled. Payments of which nothing is due cost nothing. Throws {@link PaymentError}.
 *
 * @example
 * ```ts
 * import { findPayments, refund } from '@pennypost/sdk/payments'
 *
 * const { payments } = contracts
 * const made = await findPayments({ public: publicClient, payments, sender })
 * await refund({ wallet: walletClient, public: publicClient, payments, terms: made.map(({ terms }) => terms) })
 * ```
 */
export async function refund(
  options: ActOptions & { readonly payments: Address; readonly terms: readonly PaymentTerms[] },
): Promise<Refund[]> {
  const refunds: Refund[] = []
  for (const terms of options.terms) {
    const one = refundOne(options, terms)
    refunds.push(await one.catch((error) => notRefunded(refunds, { terms, error })))
  }
  return refunds
}

/** What has come back is answered, whatever fails afterwards; where nothing has, the error stays one. */
function notRefunded(refunds: readonly Refund[], { terms, error }: { terms: PaymentTerms; error: unknown }): Refund {
  if (refunds.every(({ hash }) => hash === undefined)) throw error
  return { terms, amount: 0n, hash: undefined, stoppedBy: error }
}

async function refundOne(options: ActOptions & { readonly payments: Address }, terms: PaymentTerms): Promise<Refund> {
  const args = [toContractTerms(terms)] as const
  const call = callOf({ address: options.payments, abi: paymentsAbi, functionName: 'refund', args })
  try {
    return { terms, ...(await fetchDue(options, call, paymentHex(terms))) }
  } catch (error) {
    if (!(error instanceof PaymentError) || error.code !== 'payment.nothing-due') throw error
    return { terms, amount: 0n, hash: undefined }
  }
}

function fetchDue(options: ActOptions, call: ContractCall, payment: string) {
  return decoding(async () => {
    const { logs, hash } = await transact(options, call)
    const events = parseEventLogs({ abi: paymentsAbi, eventName: 'Refunded', logs: [...logs] })
    const event = events.find(({ args }) => isSame(args.payment, payment))
    return { amount: event?.args.amount ?? 0n, hash }
  }, options.signal)
}
