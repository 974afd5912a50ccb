import { type PaymentPlace, placeFromMessage } from '../../codec/index.ts'
import { type Address, addressToBytes, paymentIdOf, toAddress } from '../../crypto/index.ts'
import { isPaidTo, type OpenedPayment } from '../../verifier/index.ts'
import { orNothing } from '../session/peer.ts'
import type { PaymentRate } from './payment-means.ts'

/** What was paid for a letter, by what its sender or its node have shown, in the token's smallest unit. */
export type LetterPrice = PaymentRate & {
  /** The payment's identifier, 32 bytes. */
  readonly id: Uint8Array
  readonly sender: Address
  /** Unix seconds; a verdict counts until 14 days later. */
  readonly deliverBy: bigint
}

/** What was paid for a letter, opened for this account. */
export type LetterPayment = OpenedPayment & {
  /** Whether the lane that it was paid for has published the letter. */
  readonly isProven: boolean
}

/**
 * What a letter says was paid for it, where that is an opening for this account; none for anything else. Whether it was paid,
 * only the chain knows.
 */
export function readLetterPayment(
  { place, use }: { readonly place?: Parameters<typeof placeFromMessage>[0]; readonly use: Uint8Array },
  recipient: Address,
): LetterPayment[] {
  if (!place || use.length !== 32) return []
  const opened = orNothing(() => ({ place: placeFromMessage(place), use, isProven: false }))
  return opened.filter((one) => isPaidTo(one, addressToBytes(recipient)))
}

/** What a place in a payment says. */
export function priceOf({ terms }: Pick<PaymentPlace, 'terms'>): LetterPrice {
  const { base, bond, tip, deliverBy } = terms
  return { base, bond, tip, deliverBy, id: paymentIdOf(terms), sender: toAddress(terms.sender) }
}
