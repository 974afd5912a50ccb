import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** What separates keys derived from one secret. */
export type HkdfOptions = { salt?: Uint8Array; info?: Uint8Array; length?: number }

/** HKDF-SHA256 (RFC 5869); 32 bytes unless told. */
export function hkdfSha256(secret: Uint8Array, { salt, info, length = 32 }: HkdfOptions = {}): Uint8Array {
  return hkdf(sha256, secret, salt, info, length)
}
