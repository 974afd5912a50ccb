import { hmac } from '@noble/hashes/hmac.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concatBytes } from './bytes.ts'
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

/** HMAC-SHA256 (RFC 2104). */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, message)
}
