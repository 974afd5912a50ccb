import { createRequire } from 'node:module'
import { concatBytes, type Ed25519, equalBytes, useEd25519 } from '@pennypost/sdk/crypto'
import { createNodeEd25519 } from '@pennypost/sdk/crypto/node'

/** The functions of libsodium that are used. */
type Sodium = {
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
}

/** Makes the process verify with libsodium (43 µs), or with OpenSSL (99 µs) where that is missing; answers which. */
export function useFastEd25519(): 'sodium-native' | 'node:crypto' {
  const sodium = loadSodium()
  useEd25519(sodium ? createSodiumEd25519(sodium) : createNodeEd25519())
  return sodium ? 'sodium-native' : 'node:crypto'
}

function loadSodium(): Sodium | undefined {
  try {
    return createRequire(import.meta.url)('sodium-native')
  } catch {
    return undefined // no prebuilt library for this platform
  }
}

/** Ed25519 by libsodium, which checks the same equation as the portable implementation. The last key's pair is kept. */
export function createSodiumEd25519(sodium: Sodium): Ed25519 {
  let last: { seed: Uint8Array; secret: Uint8Array } = { seed: new Uint8Array(), secret: new Uint8Array() }

  function secretOf(seed: Uint8Array): Uint8Array {
    if (!equalBytes(last.seed, seed)) last = { seed: seed.slice(), secret: concatBytes(seed, publicKey(seed)) }
    return last.secret
  }
  function publicKey(seed: Uint8Array): Uint8Array {
    const out = new Uint8Array(32)
    sodium.crypto_sign_seed_keypair(out, new Uint8Array(64), seed)
    return out
  }

  return {
    publicKey,
    sign(message, seed) {
      const signature = new Uint8Array(64)
      sodium.crypto_sign_detached(signature, message, secretOf(seed))
      return signature
    },
    verify: (signature, message, key) => sodium.crypto_sign_verify_detached(signature, message, key),
  }
}
