import { fromBytes } from '../crypto/abi.ts'
import { FIELD_ORDER } from '../crypto/field.ts'
import { BaseError } from '../errors.ts'
import { LeakSchema } from '../generated/proto/pennypost/v1/evidence_pb.ts'
import { requireLength } from './message.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

/** A note's secret that two uses of one ticket have shown. */
export type Leak = {
  /** 32 bytes, below the field's order. */
  readonly secret: Uint8Array
  /** Of the stake. */
  readonly classNumber: number
}

/** Encodes what a node publishes of a cheat, on the network's `leaksTopic`. */
export function encodeLeak({ secret, classNumber }: Leak): Uint8Array {
  requireLength('a leaked secret', secret, 32)
  return encodeProto(LeakSchema, { secret, classNumber })
}

/** Reads a leak; throws a typed error. Whether it is one, only the stake with this secret tells. */
export function decodeLeak(bytes: Uint8Array): Leak {
  const { secret, classNumber } = decodeProto(LeakSchema, bytes)
  requireLength('a leaked secret', secret, 32)
  if (fromBytes(secret) >= FIELD_ORDER) throw new LeakMalformedError('A secret must be below the order of the field.')
  return { secret, classNumber }
}

/** A leak that says what no secret can be. */
export class LeakMalformedError extends BaseError {
  override readonly code = 'leak.malformed'
}
