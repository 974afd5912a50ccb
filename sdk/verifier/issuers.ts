import type { Checkpoint } from '../codec/checkpoint.ts'
import { readIssuerKey } from '../crypto/babyjubjub.ts'
import { concatBytes, equalBytes } from '../crypto/bytes.ts'
import { cacheKey, createCache } from '../crypto/cache.ts'

/** An issuer as the network's terms name it. */
type Issuer = { readonly url: string; readonly x: Uint8Array; readonly y: Uint8Array }

/** Whether keys of issuers are sound; networks name 16 at most. */
const sound = createCache<boolean>(64)

/**
 * Whether the network's terms name a key (64 bytes: x ‖ y) as an issuer's. One that is off the curve or outside the prime-order
 * subgroup never is, whoever has signed for it: notes could be made for it without an issuer.
 */
export function isIssuer(checkpoint: Checkpoint & { readonly issuers?: readonly Issuer[] }, key: Uint8Array): boolean {
  const issuer = (checkpoint.issuers ?? []).find(({ x, y }) => equalBytes(concatBytes(x, y), key))
  return issuer !== undefined && sound.getOrMake(cacheKey(key), () => readIssuerKey(issuer) !== undefined)
}
