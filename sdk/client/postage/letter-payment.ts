import { type Letter, type PaymentPlace, placeFromMessage } from '../../codec/index.ts'
import { type Address, addressToBytes, isRecipient, recipientLeafOf } from '../../crypto/index.ts'
import { orNothing } from '../session/peer.ts'

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
