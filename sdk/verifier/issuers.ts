import type { Checkpoint, Issuer } from '../codec/checkpoint.ts'
import { isBabyJubjubKey } from '../crypto/baby-jubjub.ts'
import { concatBytes, equalBytes } from '../crypto/bytes.ts'
import { cacheKey, createCache } from '../crypto/cache.ts'

/** Whether keys are sound: terms name the same ones in one checkpoint after the other, and to look takes milliseconds. */
const known = createCache<boolean>(64)

/**
 * The issuers whose word on facts counts, by a checkpoint. The registry lets none be named whose key is not in the subgroup of
 * prime order; where there is no registry, such a one is left out here.
 *
 * @example
 * ```ts
 * import { issuersOf } from '@pennypost/sdk/verifier'
 *
 * for (const { url } of issuersOf(checkpoint)) console.log(`Facts are attested at ${url}.`)
 * ```
 */
export function issuersOf({ issuers }: Pick<Checkpoint, 'issuers'>): readonly Issuer[] {
  return issuers.filter((issuer) =>
    known.getOrMake(cacheKey(concatBytes(issuer.x, issuer.y)), () => isBabyJubjubKey(issuer)),
  )
}

/** Whether the network's terms name a key (64 bytes: x ‖ y) as an issuer's, and it is one. */
export function isIssuer({ issuers }: Pick<Checkpoint, 'issuers'>, key: Uint8Array): boolean {
  const [ownX, ownY] = [key.subarray(0, 32), key.subarray(32)]
  return issuersOf({ issuers: issuers.filter(({ x, y }) => equalBytes(x, ownX) && equalBytes(y, ownY)) }).length > 0
}
