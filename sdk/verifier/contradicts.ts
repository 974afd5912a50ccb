import type { Checkpoint } from '../codec/checkpoint.ts'
import { equalBytes, toHex } from '../crypto/bytes.ts'

/** In what two checkpoints cannot both be right. */
export type Contradiction = 'roots' | 'log' | 'office'

/** Seconds for which a checkpoint may name signers after others have taken office, and that clocks may differ. */
const afterwards = 86_400 + 900

/**
 * In what two checkpoints contradict each other, one that was offered and one that is followed, so that the signers of at
 * least one can be slashed; undefined where both may be true. That chains fork is no excuse: on the one that stays, one of
 * the two is false. The time at which the offered one was seen (unix seconds) counts for offices: a checkpoint that names
 * signers before they are in office is false until they are.
 *
 * @example
 * ```ts
 * import { contradicts } from '@pennypost/sdk/verifier'
 *
 * const seenAt = Date.now() / 1000
 * if (view && contradicts(checkpoint, view.latest, { seenAt })) console.log('One of the two must be false.')
 * ```
 */
export function contradicts(
  offered: Checkpoint,
  followed: Checkpoint,
  { seenAt }: { readonly seenAt: number },
): Contradiction | undefined {
  if (!isOfOneRegistry(offered, followed)) return undefined
  if (offered.operations === followed.operations && !equalBytes(offered.logHash, followed.logHash)) return 'log'
  const isOfOnePlace = offered.sequence === followed.sequence && equalBytes(offered.previous, followed.previous)
  if (isOfOnePlace && !haveSameRoots(offered, followed)) return 'roots'
  const since = Math.max(Number(offered.issuedAt), seenAt)
  return Number(followed.issuedAt) > since + afterwards && isLater(offered, followed) ? 'office' : undefined
}

/** Where there is no registry, nobody can be slashed. */
const isOfOneRegistry = (one: Checkpoint, other: Checkpoint): boolean =>
  one.registry.some((byte) => byte !== 0) &&
  equalBytes(one.registry, other.registry) &&
  equalBytes(one.networkId, other.networkId) &&
  equalBytes(one.noteTree, other.noteTree) &&
  one.chainId === other.chainId

/** Both begin after the same checkpoint, so the first root in which they differ is false in one of them. */
function haveSameRoots(one: Checkpoint, other: Checkpoint): boolean {
  const isOfOneLength = one.operations - BigInt(one.roots.length) === other.operations - BigInt(other.roots.length)
  const common = one.roots.slice(0, other.roots.length)
  return isOfOneLength && common.every((root, i) => equalBytes(root, other.roots[i] ?? root))
}

type Named = Pick<Checkpoint, 'signers' | 'threshold' | 'officeEndsAt'>

/**
 * Whether signers took office after others: an office that is announced ends later than those before it, and one from which
 * somebody was taken ends when it would have ended.
 */
function isLater(one: Named, other: Named): boolean {
  if (one.signers.length === 0 || other.signers.length === 0) return false
  if (one.officeEndsAt !== other.officeEndsAt) return one.officeEndsAt > other.officeEndsAt
  const before = new Set(other.signers.map(toHex))
  return one.signers.length < other.signers.length && one.signers.every((signer) => before.has(toHex(signer)))
}
