import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { BaseError } from '../errors.ts'
import { countParts, TooManyPartsError } from './parts.ts'

/** Encodes a message; fields in the order of their numbers, as every XMTP client does. */
export function encodeProto<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return toBinary(schema, create(schema, init), { writeUnknownFields: false })
}

/** Decodes a message; unknown fields are dropped, malformed bytes refused, and so are more parts than `mostParts`. */
export function decodeProto<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  mostParts = Number.POSITIVE_INFINITY,
): MessageShape<Desc> {
  try {
    if (mostParts < bytes.length && countParts(schema, bytes, mostParts) > mostParts)
      throw new TooManyPartsError(mostParts)
    return fromBinary(schema, bytes, { readUnknownFields: false })
  } catch (cause) {
    if (cause instanceof TooManyPartsError) throw cause
    throw new ProtobufMalformedError(`Expected a ${schema.name}.`, { cause })
  }
}

type FieldOf = { readonly no: number; readonly wireType: number }

/** The last field of a message that its schema does not know, as it is encoded; undefined where there is none. */
export function unknownFieldOf<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  { no, wireType }: FieldOf,
): Uint8Array | undefined {
  const fields = fromBinary(schema, bytes).$unknown ?? []
  return fields.findLast((field) => field.no === no && field.wireType === wireType)?.data
}

/** The value, if the message has it. */
export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new ProtobufMalformedError(`Expected ${name}.`)
  return value
}

/** Bytes that are no message of the expected type. */
export class ProtobufMalformedError extends BaseError {
  override readonly code = 'protobuf.malformed'
}
