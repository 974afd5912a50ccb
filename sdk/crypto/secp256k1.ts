import { secp256k1 as noble } from '@noble/curves/secp256k1.js'
import { BaseError } from '../errors.ts'
import { fromHex } from './bytes.ts'

/** R and S, 32 bytes each, and which of the two candidate keys signed. */
export type RecoverableSignature = { bytes: Uint8Array; recovery: number }

/**
 * What an implementation of the curve must do. Keys are 65 bytes, uncompressed; digests 32 bytes. It may throw anything
 * on bad input: the functions of this module check encodings first and turn the rest into typed errors.
 */
export type Secp256k1 = {
  publicKey(privateKey: Uint8Array): Uint8Array
  sign(digest: Uint8Array, privateKey: Uint8Array): RecoverableSignature
  verify(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean
  recover(signature: RecoverableSignature, digest: Uint8Array): Uint8Array
  sharedPoint(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array
}

/** Length of an uncompressed point, in bytes. */
export const publicKeyLength = 65

const plain = { prehash: false } as const
const halfOrder = fromHex('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')

/** The portable implementation (@noble/curves). */
export const portableSecp256k1: Secp256k1 = {
  publicKey: (privateKey) => noble.getPublicKey(privateKey, false),
  sign(digest, privateKey) {
    const signature = noble.sign(digest, privateKey, { ...plain, format: 'recovered' })
    return { bytes: signature.slice(1), recovery: signature[0] ?? 0 }
  },
  verify: (signature, digest, publicKey) => noble.verify(signature, digest, publicKey, plain),
  recover({ bytes, recovery }, digest) {
    return noble.Signature.fromBytes(bytes).addRecoveryBit(recovery).recoverPublicKey(digest).toBytes(false)
  },
  sharedPoint: (privateKey, publicKey) => noble.getSharedSecret(privateKey, publicKey, false),
}

let implementation = portableSecp256k1
let isChosen = false

/** Replaces the implementation for the whole process; answers the one before. */
export function useSecp256k1(next: Secp256k1): Secp256k1 {
  const previous = implementation
  implementation = next
  isChosen = true
  return previous
}

/** Whether somebody has said which implementation to use. */
export const isSecp256k1Chosen = (): boolean => isChosen

/** The public key of a private one. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return keyed(() => implementation.publicKey(privateKey))
}

/** Signs a digest: deterministic (RFC 6979), with the lower of the two S. */
export function signDigest(digest: Uint8Array, privateKey: Uint8Array): RecoverableSignature {
  return keyed(() => implementation.sign(digest, privateKey))
}

/** Whether the key signed the digest; a malformed or high-S signature did not. */
export function verifyDigest(signature: Uint8Array, digest: Uint8Array, publicKey: Uint8Array): boolean {
  if (!isLowS(signature) || publicKey.length !== publicKeyLength) return false
  try {
    return implementation.verify(signature, digest, publicKey)
  } catch {
    return false
  }
}

/** The key that signed the digest. Strict as stock clients sign: 64 bytes, lower S, recovery 0 or 1. */
export function recoverPublicKey(signature: RecoverableSignature, digest: Uint8Array): Uint8Array {
  if (!isLowS(signature.bytes)) throw new SignatureInvalidError('Expected 64 bytes with the lower S.')
  if (signature.recovery !== 0 && signature.recovery !== 1) throw new SignatureInvalidError('Expected recovery 0 or 1.')
  try {
    return implementation.recover(signature, digest)
  } catch (cause) {
    throw new SignatureInvalidError('No key can have made the signature.', { cause })
  }
}

/** Diffie-Hellman: the whole shared point, 65 bytes, as XMTP V2 has it. */
export function sharedPoint(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  if (publicKey.length !== publicKeyLength) throw new KeyMalformedError('Expected a 65-byte public key.')
  return keyed(() => implementation.sharedPoint(privateKey, publicKey))
}

function keyed<T>(use: () => T): T {
  try {
    return use()
  } catch (cause) {
    throw new KeyMalformedError('Expected a secp256k1 key.', { cause })
  }
}

/** Whether 64 bytes R ‖ S have the lower of the two S. */
export function isLowS(signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  for (let i = 0; i < 32; i++) {
    const difference = (signature[32 + i] ?? 0) - (halfOrder[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return true
}

/** A key that is not one of the curve. */
export class KeyMalformedError extends BaseError {
  override readonly code = 'key.malformed'
}

/** A signature nobody can have made. */
export class SignatureInvalidError extends BaseError {
  override readonly code = 'signature.invalid'
}
