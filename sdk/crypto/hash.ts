import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes } from './bytes.ts'
import { cacheKey, createCache } from './cache.ts'
import { nodeModule } from './node-module.ts'

const nodeHash = nodeModule('node:crypto')?.hash

/** SHA-256 (FIPS 180-4) of the parts, one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = concatBytes(...parts)
  return nodeHash ? new Uint8Array(nodeHash('sha256', bytes, 'buffer')) : nobleSha256(bytes)
}

/** Keccak-256 as Ethereum uses it (not SHA3-256) of the parts, one after the other. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  return keccak_256(concatBytes(...parts))
}

const kept = createCache<Uint8Array>(256)

/**
 * Keccak-256 of what is hashed again and again (an issuer, a topic, a fact in its epoch): the last 256 are remembered. Nobody may write
 * to the hash.
 */
export const keccak256Kept = (bytes: Uint8Array): Uint8Array => kept.getOrMake(cacheKey(bytes), () => keccak256(bytes))

/** HMAC-SHA256 (RFC 2104). */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, message)
}
