import { ed25519 as noble } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { concatBytes, equalBytes, fromHex } from './bytes.ts'
import { KeyMalformedError } from './secp256k1.ts'

/**
 * What an implementation of Ed25519 (RFC 8032) must do. `verify` is asked only about canonical encodings outside the
 * small subgroup and must use the equation without cofactor, R = sB − kA, as OpenSSL and libsodium do: then every
 * implementation accepts the same signatures, and nodes agree.
 */
export type Ed25519 = {
  publicKey(seed: Uint8Array): Uint8Array
  sign(message: Uint8Array, seed: Uint8Array): Uint8Array
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
}

const { Point } = noble
const order = Point.Fn.ORDER
const prime = (1n << 255n) - 19n

/** y of the points whose order divides 8, as encoded without the sign of x. */
const smallOrderEncodings = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex)

/** The portable implementation (@noble/curves). */
export const portableEd25519: Ed25519 = {
  publicKey: (seed) => noble.getPublicKey(seed),
  sign: (message, seed) => noble.sign(message, seed),
  verify(signature, message, publicKey) {
    const challenge = sha512(concatBytes(signature.subarray(0, 32), publicKey, message))
    const k = toInteger(challenge) % order
    const s = toInteger(signature.subarray(32))
    const expected = Point.BASE.multiplyUnsafe(s).subtract(Point.fromBytes(publicKey).multiplyUnsafe(k))
    return equalBytes(expected.toBytes(), signature.subarray(0, 32))
  },
}

let implementation = portableEd25519

/** Replaces the implementation for the whole process; answers the one before. */
export function useEd25519(next: Ed25519): Ed25519 {
  const previous = implementation
  implementation = next
  return previous
}

/** The public key of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new KeyMalformedError('Expected a 32-byte seed.')
  return implementation.publicKey(seed)
}

/** Signs a message (RFC 8032, deterministic). */
export function signEd25519(message: Uint8Array, seed: Uint8Array): Uint8Array {
  if (seed.length !== 32) throw new KeyMalformedError('Expected a 32-byte seed.')
  return implementation.sign(message, seed)
}

/** Whether the key signed the message. Small-order and non-canonical keys, R and S are refused. */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || !isEd25519PublicKey(publicKey)) return false
  if (!isEd25519PublicKey(signature.subarray(0, 32)) || toInteger(signature.subarray(32)) >= order) return false
  try {
    return implementation.verify(signature, message, publicKey)
  } catch {
    return false
  }
}

/** Whether 32 bytes are the canonical encoding of something outside the small subgroup. */
export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false
  const y = Uint8Array.from(bytes) // a copy, where the slice of a Buffer would be a view
  y[31] = (y[31] ?? 0) & 0x7f
  return toInteger(y) < prime && !smallOrderEncodings.some((encoding) => equalBytes(encoding, y))
}

function toInteger(littleEndian: Uint8Array): bigint {
  const view = new DataView(littleEndian.buffer, littleEndian.byteOffset, littleEndian.length)
  let value = 0n
  for (let i = littleEndian.length - 8; i >= 0; i -= 8) value = (value << 64n) | view.getBigUint64(i, true)
  return value
}
