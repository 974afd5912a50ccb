import { x25519 } from '@noble/curves/ed25519.js'
import { KeyMalformedError } from './secp256k1.ts'

/** The public key of a 32-byte secret (RFC 7748). */
export function x25519PublicKey(secret: Uint8Array): Uint8Array {
  if (secret.length !== 32) throw new KeyMalformedError('Expected a 32-byte secret.')
  return x25519.getPublicKey(secret)
}

/** Diffie-Hellman (RFC 7748); a key of small order, which would fix the result, is refused. */
export function x25519SharedSecret(secret: Uint8Array, publicKey: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(secret, publicKey)
  } catch (cause) {
    throw new KeyMalformedError('Expected a 32-byte secret and a public key of X25519.', { cause })
  }
}
