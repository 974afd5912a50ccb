import type { MessageInitShape } from '@bufbuild/protobuf'
import { fromBytes, toBytes32 } from '../crypto/abi.ts'
import type { PaymentTerms } from '../crypto/payment.ts'
import { BaseError } from '../errors.ts'
import {
  PaymentPlaceSchema,
  type PaymentPlace as PlaceMessage,
  type PaymentTerms as TermsMessage,
} from '../generated/proto/pennypost/v1/evidence_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

/** One recipient's place in a payment, opened: what evidence shows, and what the recipient settles with. */
export type PaymentPlace = {
  readonly terms: PaymentTerms
  /** Which of the payment's recipients it is, from 0. */
  readonly index: number
  /** 32 bytes. */
  readonly salt: Uint8Array
  /** 32 bytes each, from the leaf to the root. */
  readonly siblings: readonly Uint8Array[]
}

/** A place as a message, from plain fields. */
export type PaymentPlaceInit = MessageInitShape<typeof PaymentPlaceSchema>

/** A place as evidence, letters and the log carry it. */
export function placeToMessage({ terms, index, salt, siblings }: PaymentPlace): PaymentPlaceInit {
  const { base, bond, tip, ...rest } = terms
  const amounts = { base: toAmount(base), bond: toAmount(bond), tip: toAmount(tip) }
  return { terms: { ...rest, ...amounts }, index, salt, siblings: [...siblings] }
}

/** Reads a place; throws {@link PaymentMalformedError}. Checks lengths only: neither hashes nor who was paid. */
export function placeFromMessage(message: PlaceMessage | undefined): PaymentPlace {
  if (!message?.terms) throw new PaymentMalformedError('The payment has no terms.')
  const { index, salt, siblings } = message
  for (const bytes of [salt, ...siblings]) require(bytes.length === 32, 'Salt and siblings are 32 bytes each.')
  return { terms: readTerms(message.terms), index, salt, siblings }
}

/** A place as bytes, for whoever hands openings out. */
export const encodePlace = (place: PaymentPlace): Uint8Array => encodeProto(PaymentPlaceSchema, placeToMessage(place))

/** Reads a place from bytes; throws a typed error. */
export const decodePlace = (bytes: Uint8Array): PaymentPlace => placeFromMessage(decodeProto(PaymentPlaceSchema, bytes))

function readTerms({ sender, count, deliverBy, root, base, bond, tip }: TermsMessage): PaymentTerms {
  require(sender.length === 20 && root.length === 32, 'A sender is 20 bytes, a root 32.')
  require(count >= 1 &&
    deliverBy < 2n ** 40n, 'A payment has at least one recipient, and a deliverBy of at most 40 bits.')
  return { sender, count, deliverBy, root, base: readAmount(base), bond: readAmount(bond), tip: readAmount(tip) }
}

const maxAmountLength = 12

function readAmount(bytes: Uint8Array): bigint {
  require(bytes.length <= maxAmountLength && bytes[0] !== 0, 'An amount has at most 12 bytes and no leading zeros.')
  return fromBytes(bytes)
}

function toAmount(amount: bigint): Uint8Array {
  const bytes = toBytes32(amount)
  const start = bytes.findIndex((byte) => byte !== 0)
  return start === -1 ? new Uint8Array() : bytes.slice(start)
}

function require(isRight: boolean, message: string): void {
  if (!isRight) throw new PaymentMalformedError(message)
}

/** A payment that says what no payment can. */
export class PaymentMalformedError extends BaseError {
  override readonly code = 'payment.malformed'
}
