import { p256_FROST as frost, p256 } from '@noble/curves/nist.js'
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js'
import { equalBytes, hkdfSha256, type RandomBytes, utf8 } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

/** A secret, shared out: any `threshold` of the shares give it, fewer say nothing of it. */
export type Dealt = {
  /** Commitments to the polynomial that gave the shares, points of P-256, 33 bytes each; the first is that to the secret. */
  readonly commitments: readonly Uint8Array[]
  /** Share i is that of index i + 1: a scalar of P-256, 32 bytes, big-endian. */
  readonly shares: readonly Uint8Array[]
}

/** A share and whose it is: the place of its trustee, from 1. */
export type Share = { readonly index: number; readonly share: Uint8Array }

/** The most trustees of one escrow. */
export const mostTrustees = 16

const { Fn } = p256.Point

/** What 32 bytes of somebody's own give as a secret to share out: a scalar of P-256, 32 bytes, never zero. */
export function secretOf(seed: Uint8Array): Uint8Array {
  const wide = hkdfSha256(seed, { info: utf8('pennypost/escrow-secret/v1'), length: 64 })
  return numberToBytesBE((bytesToNumberBE(wide) % (Fn.ORDER - 1n)) + 1n, 32)
}

/**
 * Shares a secret out among trustees (Shamir's, with the commitments of Feldman; RFC 9591, appendix C, over P-256). One trustee alone holds the
 * secret itself.
 */
export function dealSecret(
  secret: Uint8Array,
  {
    threshold,
    trustees,
    random,
  }: { readonly threshold: number; readonly trustees: number; readonly random: RandomBytes },
): Dealt {
  if (!isThreshold(threshold, trustees))
    throw new RangeError(
      `Of ${trustees} trustees, ${threshold} cannot be enough: 1 of 1, or 2 to 16 of as many or more.`,
    )
  if (trustees === 1) return { commitments: [commitmentTo(secret)], shares: [secret] }
  const identifiers = Array.from({ length: trustees }, (_, i) => frost.Identifier.fromNumber(i + 1))
  const dealt = frost.trustedDealer({ min: threshold, max: trustees }, identifiers, secret, (length) =>
    random(length ?? 32),
  )
  const shares = identifiers.map((id) => dealt.secretShares[id]?.signingShare ?? new Uint8Array())
  return { commitments: dealt.public.commitments, shares }
}

/** Whether so many of so many can be enough: 1 of 1, or 2 and more of at most 16. */
export const isThreshold = (threshold: number, trustees: number): boolean =>
  trustees === 1 ? threshold === 1 : threshold >= 2 && threshold <= trustees && trustees <= mostTrustees

/** Whether a share is what the commitments say it is. False for whatever is no share at all. */
export function isShareOf({ index, share }: Share, { commitments, trustees }: SharedBy): boolean {
  if (!isThreshold(commitments.length, trustees) || !(index >= 1 && index <= trustees)) return false
  try {
    if (trustees === 1) return equalBytes(commitmentTo(share), commitments[0] ?? new Uint8Array())
    const identifier = frost.Identifier.fromNumber(index)
    const signers = { min: commitments.length, max: trustees }
    const known = { signers, commitments: [...commitments], verifyingShares: {} }
    frost.validateSecret({ identifier, signingShare: share }, known)
    return true
  } catch {
    return false // noble throws plain errors for each fault
  }
}

/** What is known of how a secret was shared out. */
export type SharedBy = { readonly commitments: readonly Uint8Array[]; readonly trustees: number }

/**
 * The secret that shares give; those that are not what the commitments say are left out. Undefined while too few are left. Throws
 * where the commitments are none, so that no shares will ever do.
 */
export function combineShares(shares: readonly Share[], shared: SharedBy): Uint8Array | undefined {
  const { commitments, trustees } = shared
  if (!isThreshold(commitments.length, trustees) || !commitments.every(isPoint))
    throw new EscrowMalformedError('The escrow names no shares that could be told from others.')
  const good = new Map(shares.filter((share) => isShareOf(share, shared)).map((share) => [share.index, share.share]))
  const enough = [...good].slice(0, commitments.length)
  if (enough.length < commitments.length) return undefined
  if (trustees === 1) return good.get(1)
  const chosen = enough.map(([index, signingShare]) => ({
    identifier: frost.Identifier.fromNumber(index),
    signingShare,
  }))
  return frost.combineSecret(chosen, { min: commitments.length, max: trustees })
}

/** The public half of a secret: 33 bytes. Throws plain errors where it is no scalar, or zero. */
const commitmentTo = (secret: Uint8Array): Uint8Array => p256.Point.BASE.multiply(Fn.fromBytes(secret)).toBytes()

function isPoint(bytes: Uint8Array): boolean {
  try {
    return !p256.Point.fromBytes(bytes).equals(p256.Point.ZERO)
  } catch {
    return false
  }
}

/** An escrow that cannot be what it says. */
export class EscrowMalformedError extends BaseError {
  override readonly code = 'escrow.malformed'
}
