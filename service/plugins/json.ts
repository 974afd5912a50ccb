import { uint64FromJson } from '@pennypost/sdk/codec'
import { BaseError } from '@pennypost/sdk/verifier'

/** A message in proto3 JSON. Absent and null fields have their defaults, unknown ones are ignored. */
type Json = Readonly<Record<string, unknown>>

/** An object of JSON. */
export function recordOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BodyMalformedError('Expected an object.')
  return value as Json
}

/** Standard, padded base64, read strictly: Node's own decoder skips what it does not know. */
export function bytesOf(value: unknown): Uint8Array {
  if (value === undefined || value === null) return new Uint8Array()
  if (typeof value !== 'string') throw new BodyMalformedError('Expected base64.')
  const bytes = Buffer.from(value, 'base64')
  if (toBase64(bytes) !== value) throw new BodyMalformedError('Expected standard padded base64.')
  return bytes
}

export function uint64Of(value: unknown): bigint {
  if (value === undefined || value === null) return 0n
  try {
    return uint64FromJson(value)
  } catch (cause) {
    throw new BodyMalformedError('Expected a number of at most 64 bits, in decimal digits.', { cause })
  }
}

export function uint32Of(value: unknown): number {
  if (value === undefined || value === null) return 0
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 0xffffffff) {
    throw new BodyMalformedError('Expected a 32-bit number.')
  }
  return number
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string' || !value.isWellFormed()) throw new BodyMalformedError('Expected well-formed text.')
  return value
}

export const textsOf = (value: unknown): string[] => listOf(value).map(textOf)

export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new BodyMalformedError('Expected a list.')
  return value
}

/** Standard, padded base64. */
export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')

/** A body that is not what the path takes. */
export class BodyMalformedError extends BaseError {
  override readonly code = 'body.malformed'
}
