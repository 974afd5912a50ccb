import { concatBytes, toBytes4, toBytes8, utf8 } from '../crypto/bytes.ts'
import { sha256 } from '../crypto/hash.ts'

/** What a nonce is tried for: one lane and one condition of the policy. */
export type WorkTarget = { readonly use: Uint8Array; readonly condition: number }

/**
 * How many leading zero bits a nonce reaches (hashcash, with SHA-256). The condition is hashed too, so that one nonce
 * serves one condition.
 */
export function workOf({ use, condition }: WorkTarget, nonce: bigint): number {
  const hash = sha256(concatBytes(label, use, toBytes4(condition), toBytes8(nonce)))
  const first = hash.findIndex((byte) => byte !== 0)
  return first < 0 ? hash.length * 8 : first * 8 + Math.clz32(hash[first] ?? 0) - 24
}

const label = utf8('pennypost/work/v1')
