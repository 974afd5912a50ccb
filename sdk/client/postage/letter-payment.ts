import { type Letter, type PaymentPlace, placeFromMessage } from '../../codec/index.ts'
import {
  type Address,
  addressToBytes,
  isRecipient,
  paymentIdOf,
  recipientLeafOf,
  toAddress,
} from '../../crypto/index.ts'
import { orNothing } from '../session/peer.ts'
import type { PaymentRate } from './payment-means.ts'

/** What a letter says was paid for it, in the token's smallest unit. */
export type LetterPrice = PaymentRate & {
  /** The payment's identifier, 32 bytes. */
  readonly id: Uint8Array
  readonly sender: Address
  /** Unix seconds; a verdict counts until 14 days later. */
  readonly deliverBy: bigint
}

/** What was paid for a letter, and for which use. */
export type LetterPayment = { readonly place: PaymentPlace; readonly use: Uint8Array }

/**
 * What a letter says was paid for it, where that is an opening for this account; undefined for anything else. Whether it was
 * paid, only the chain knows.
 */
export function readLetterPayment(
  { payment, paymentUse: use }: Pick<Letter, 'payment' | 'paymentUse'>,
  recipient: Address,
): LetterPayment | undefined {
  if (!payment || use.length !== 32) return undefined
  const [place] = orNothing(() => placeFromMessage(payment))
  if (!place) return undefined
  const leaf = recipientLeafOf({ recipient: addressToBytes(recipient), use, salt: place.salt })
  const { index, siblings } = place
  const { count, root } = place.terms
  return isRecipient(leaf, { index, count, siblings, root }) ? { place, use } : undefined
}

/** What a place in a payment says. */
export function priceOf({ terms }: Pick<PaymentPlace, 'terms'>): LetterPrice {
  const { base, bond, tip, deliverBy } = terms
  return { base, bond, tip, deliverBy, id: paymentIdOf(terms), sender: toAddress(terms.sender) }
}

/** What came with a letter, for its reader. */
export const letterPriceOf = (payment: LetterPayment | undefined): LetterPrice | undefined =>
  payment && priceOf(payment.place)
