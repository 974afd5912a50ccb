import type { Envelope } from '../codec/envelope.ts'
import { digestEnvelope } from '../codec/envelope.ts'
import { envelopeStatement } from '../codec/lane.ts'
import { decodePaidEnvelope, decodePaidLane, type PaidEnvelope, type PaidLane } from '../codec/paid-envelope.ts'
import { type PaymentPlace, placeFromMessage } from '../codec/payment.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { verifyEd25519 } from '../crypto/ed25519.ts'
import { isRecipient, recipientLeafOf } from '../crypto/payment.ts'
import { useOf, walletOf } from '../crypto/use.ts'
import { BaseError } from '../errors.ts'
import { LANE_LIMITS } from './lane-limits.ts'

/** One recipient's place in a payment, and the use that it was paid for: what a verdict is brought to the chain with. */
export type OpenedPayment = { readonly place: PaymentPlace /** 32 bytes. */; readonly use: Uint8Array }

/** An envelope as its recipient has it; accounts are 20 bytes. */
export type PaidTarget = {
  readonly networkId: Uint8Array
  readonly envelope: Envelope
  readonly recipient: Uint8Array
  /** Who has written what is inside. */
  readonly author: Uint8Array
}

/**
 * What was paid for an envelope, by what its node hands to the recipient; undefined where that does not show that a lane
 * which was paid for has published this very envelope to this recipient. So no node can pass one letter's payment for
 * another's: it would need the signature of the lane's holder. Whether it was paid, only the chain knows.
 *
 * @example
 * ```ts
 * import { readPaidEnvelope } from '@pennypost/sdk/verifier'
 *
 * const payments = readPaidEnvelope(bytes, received)
 * console.log(payments?.map(({ place }) => place.terms.tip))
 * ```
 */
export function readPaidEnvelope(paid: Uint8Array, target: PaidTarget): OpenedPayment[] | undefined {
  try {
    const { lane: encoded, ...shown } = decodePaidEnvelope(paid)
    return openPayments({ ...shown, ...decodePaidLane(encoded) }, target)
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}

type Shown = Pick<PaidEnvelope, 'counter' | 'signature'> & PaidLane

function openPayments(shown: Shown, target: PaidTarget): OpenedPayment[] | undefined {
  const { holder, units, expiresAt, payments } = shown
  if (holder.length !== 32 || payments.length < 1 || payments.length > LANE_LIMITS.evidence) return undefined
  const { contentTopic: topic } = target.envelope
  const use = useOf({ networkId: target.networkId, topic, holder, units: BigInt(units), expiresAt })
  if (!hasPublished(shown, use, target)) return undefined
  const opened = payments.map((payment) => ({ place: placeFromMessage(payment), use }))
  return opened.every((payment) => isPaidTo(payment, target.recipient)) ? opened : undefined
}

/** Whether a lane has published an envelope: by its holder's signature, or in the name of the wallet that wrote it. */
function hasPublished(
  { holder, counter, signature }: Shown,
  use: Uint8Array,
  { envelope, author }: PaidTarget,
): boolean {
  const wallet = walletOf(holder)
  if (wallet) return equalBytes(wallet, author)
  const digest = digestEnvelope(envelope)
  const statement = envelopeStatement(use, { counter, timestampNs: envelope.timestampNs, digest })
  return verifyEd25519(signature, statement, holder)
}

/** Whether a payment, as it is opened, is for an account and a use. */
export function isPaidTo({ place, use }: OpenedPayment, recipient: Uint8Array): boolean {
  const { index, salt, siblings, terms } = place
  const { count, root } = terms
  return isRecipient(recipientLeafOf({ recipient, use, salt }), { index, siblings, count, root })
}
