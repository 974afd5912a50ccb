import type { Envelope } from '../codec/envelope.ts'
import { digestEnvelope } from '../codec/envelope.ts'
import {
  decodeEnvelopeEvidence,
  decodeLaneEvidence,
  type EnvelopeEvidence,
  type LaneEvidence,
} from '../codec/envelope-evidence.ts'
import { envelopeStatement } from '../codec/lane.ts'
import { type PaymentPlace, placeFromMessage } from '../codec/payment.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { verifyEd25519 } from '../crypto/ed25519.ts'
import { isRecipient, recipientLeafOf } from '../crypto/payment.ts'
import { useOf, walletOf } from '../crypto/use.ts'
import { BaseError } from '../errors.ts'
import { LANE_LIMITS } from './lane-limits.ts'
import { type MetCondition, readMetConditions } from './met-condition.ts'

/** One recipient's place in a payment, and the use that it was paid for: what a verdict is brought to the chain with. */
export type OpenedPayment = { readonly place: PaymentPlace /** 32 bytes. */; readonly use: Uint8Array }

/** What was shown for an envelope. */
export type ShownEvidence = {
  readonly payments: readonly OpenedPayment[]
  /** By the node's word, which has verified it. */
  readonly met: readonly MetCondition[]
}

/** An envelope as its recipient has it; accounts are 20 bytes. */
export type EvidenceTarget = {
  readonly networkId: Uint8Array
  readonly envelope: Envelope
  readonly recipient: Uint8Array
  /** Who has written what is inside. */
  readonly author: Uint8Array
  /** The sender's pseudonym, as node and letter have it. */
  readonly tag?: Uint8Array | undefined
}

/**
 * What was shown for an envelope, by what its node hands to the recipient; undefined where that cannot be so. What was paid must
 * be for this very envelope and recipient, by a signature of the lane's holder: so no node can pass one letter's payment for
 * another's. Whether it was paid, only the chain knows. What else was shown is the node's word, with whom the recipient leaves it to
 * ask for evidence at all; it must fit with payments and pseudonym.
 *
 * @example
 * ```ts
 * import { readEnvelopeEvidence } from '@pennypost/sdk/verifier'
 *
 * const { payments, met } = readEnvelopeEvidence(bytes, received) ?? { payments: [], met: [] }
 * console.log(payments.map(({ place }) => place.terms.tip), met.map(({ condition }) => condition.kind))
 * ```
 */
export function readEnvelopeEvidence(evidence: Uint8Array, target: EvidenceTarget): ShownEvidence | undefined {
  try {
    const { lane: encoded, ...shown } = decodeEnvelopeEvidence(evidence)
    return openEvidence({ ...shown, ...decodeLaneEvidence(encoded) }, target)
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}

type Shown = Pick<EnvelopeEvidence, 'counter' | 'signature'> & LaneEvidence

function openEvidence(shown: Shown, target: EvidenceTarget): ShownEvidence | undefined {
  if (shown.payments.length + shown.met.length < 1) return undefined
  const payments = openPayments(shown, target)
  const met =
    payments && readMetConditions(shown.met, { payments: payments.map(({ place }) => place), tag: target.tag })
  return met && { payments, met }
}

function openPayments(shown: Shown, target: EvidenceTarget): OpenedPayment[] | undefined {
  const { holder, units, expiresAt, payments } = shown
  if (payments.length === 0) return []
  if (holder.length !== 32 || payments.length > LANE_LIMITS.evidence) return undefined
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
  { envelope, author }: EvidenceTarget,
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
