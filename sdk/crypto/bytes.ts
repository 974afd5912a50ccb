import { BaseError } from '../errors.ts'

/** Bytes as lower-case hex with `0x`. */
export type Hex = `0x${string}`

/** Where randomness comes from; tests pass a fixed source. */
export type RandomBytes = (length: number) => Uint8Array

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes of the platform's cryptographic generator (Web Crypto). */
export function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}

/** One array holding all parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** Whether both hold the same bytes; the time taken depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** Lower-case hex without prefix. */
export function toHex(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += hexDigits[byte]
  return out
}

/** Bytes of hex in either case, with or without `0x`. */
export function fromHex(hex: string): Uint8Array {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits))
    throw new BytesMalformedError('Expected an even number of hex digits.')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

/** Standard, padded base64 (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  const step = 0x2000
  for (let i = 0; i < bytes.length; i += step) {
    binary += String.fromCharCode.apply(null, bytes.subarray(i, i + step) as unknown as number[])
  }
  return btoa(binary)
}

/** Bytes of standard, padded base64; refuses white space, the URL alphabet and non-zero trailing bits. */
export function fromBase64(text: string): Uint8Array {
  const binary = decodeBase64(text)
  // What is shorter than its text says had white space in it, which the platform passes over.
  const padding = text.endsWith('==') ? 2 : Number(text.endsWith('='))
  if (binary.length !== (text.length / 4) * 3 - padding) {
    throw new BytesMalformedError('Expected standard padded base64.')
  }
  const out = new Uint8Array(binary.length)
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i)

  if (padding > 0 && toBase64(out.subarray(out.length - (out.length % 3))) !== text.slice(-4)) {
    throw new BytesMalformedError('Expected base64 whose unused bits are zero.')
  }
  return out
}

function decodeBase64(text: string): string {
  try {
    return atob(text)
  } catch (cause) {
    throw new BytesMalformedError('Expected standard padded base64.', { cause })
  }
}

/** base64 in the URL alphabet without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** Text of valid UTF-8; anything else is refused rather than replaced. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new BytesMalformedError('Expected UTF-8.', { cause })
  }
}

/** Four bytes, big-endian. */
export function toBytes4(value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

/** Eight bytes, big-endian. */
export function toBytes8(value: bigint): Uint8Array {
  const out = new Uint8Array(8)
  new DataView(out.buffer).setBigUint64(0, value)
  return out
}

/** Hex, base64 or UTF-8 that is none. */
export class BytesMalformedError extends BaseError {
  override readonly code = 'bytes.malformed'
}
