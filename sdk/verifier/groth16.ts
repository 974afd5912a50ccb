import { bn254 } from '@noble/curves/bn254.js'
import { fromBytes } from '../crypto/abi.ts'
import { BaseError } from '../errors.ts'

/** Length of an encoded proof: A.x A.y B.x1 B.x0 B.y1 B.y0 C.x C.y, 32 bytes each, big-endian. */
export const proofLength = 256

/** One proof and its public signals, in the circuit's order. */
export type ProofItem = { readonly proof: Uint8Array; readonly signals: readonly bigint[] }

/**
 * Verifies Groth16 proofs (Groth 2016, section 3.2) over BN254 against one key.
 *
 * Every implementation refuses signals outside the field, coordinates outside the base field, points off the curve, at
 * infinity or outside the r-subgroup; none throws on bad input. Answers one boolean an item, in order.
 */
export type Groth16 = { verify(items: readonly ProofItem[]): Promise<readonly boolean[]> }

/** A verification key as snarkjs exports it; decimal strings, projective coordinates. */
export type VerifyingKeyJson = {
  readonly nPublic: number
  readonly vk_alpha_1: readonly string[]
  readonly vk_beta_2: readonly (readonly string[])[]
  readonly vk_gamma_2: readonly (readonly string[])[]
  readonly vk_delta_2: readonly (readonly string[])[]
  readonly IC: readonly (readonly string[])[]
}

const { G1, G2, fields, pairingBatch } = bn254
const { Fp, Fp12, Fr } = fields
type PointG1 = InstanceType<typeof G1.Point>
type PointG2 = InstanceType<typeof G2.Point>

/**
 * The portable back end (@noble/curves), for browsers and for nodes without a faster one.
 *
 * @example
 * ```ts
 * import { createPortableGroth16, ticketKey } from '@pennypost/sdk/verifier'
 *
 * const groth16 = createPortableGroth16(ticketKey)
 * ```
 */
export function createPortableGroth16(json: VerifyingKeyJson): Groth16 {
  const key = readKey(json)
  return { verify: async (items) => items.map((item) => verifyOne(key, item)) }
}

/** Throws {@link KeyUnsoundError} on a key with γ = ±δ: its set-up had no second phase, and anybody can forge proofs. */
export function assertSoundKey({ vk_gamma_2: gamma, vk_delta_2: delta }: VerifyingKeyJson): void {
  const points = [pointG2(gamma), pointG2(delta)] as const
  if (points[0].equals(points[1]) || points[0].equals(points[1].negate())) {
    throw new KeyUnsoundError('The verification key has gamma = ±delta, so that proofs can be forged.', {
      hint: 'Finish the second phase of the ceremony: npm run ceremony.',
    })
  }
}

/** The eight coordinates of an encoded proof; undefined if the length or a coordinate is out of range. */
export function readCoordinates(proof: Uint8Array): readonly bigint[] | undefined {
  if (proof.length !== proofLength) return undefined
  const coordinates = Array.from({ length: 8 }, (_, i) => fromBytes(proof.subarray(i * 32, (i + 1) * 32)))
  return coordinates.every((coordinate) => coordinate < Fp.ORDER) ? coordinates : undefined
}

/** Whether there is one signal for each input of the key, all reduced: `s` and `s + r` would verify alike. */
export function areSignals(signals: readonly bigint[], count: number): boolean {
  return signals.length === count && signals.every((signal) => signal >= 0n && signal < Fr.ORDER)
}

type Key = { alpha: PointG1; beta: PointG2; gamma: PointG2; delta: PointG2; constant: PointG1; inputs: PointG1[] }

function readKey(json: VerifyingKeyJson): Key {
  assertSoundKey(json)
  const [constant, ...inputs] = json.IC.map(pointG1)
  if (!constant || inputs.length !== json.nPublic) throw new KeyUnsoundError('The verification key lacks inputs.')
  return {
    alpha: pointG1(json.vk_alpha_1),
    beta: pointG2(json.vk_beta_2),
    gamma: pointG2(json.vk_gamma_2),
    delta: pointG2(json.vk_delta_2),
    constant,
    inputs,
  }
}

function verifyOne(key: Key, { proof, signals }: ProofItem): boolean {
  const points = areSignals(signals, key.inputs.length) ? decodeProof(proof) : undefined
  if (!points) return false
  const input = key.inputs.reduce((sum, point, i) => sum.add(point.multiplyUnsafe(signals[i] ?? 0n)), key.constant)
  const product = pairingBatch([
    { g1: points.a.negate(), g2: points.b },
    { g1: key.alpha, g2: key.beta },
    { g1: input, g2: key.gamma },
    { g1: points.c, g2: key.delta },
  ])
  return Fp12.eql(product, Fp12.ONE)
}

function decodeProof(proof: Uint8Array): { a: PointG1; b: PointG2; c: PointG1 } | undefined {
  const coordinates = readCoordinates(proof)
  if (!coordinates) return undefined
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = coordinates as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ]
  try {
    const a = G1.Point.fromAffine({ x: ax, y: ay })
    const b = G2.Point.fromAffine({ x: { c0: bx0, c1: bx1 }, y: { c0: by0, c1: by1 } })
    const c = G1.Point.fromAffine({ x: cx, y: cy })
    if (a.is0() || b.is0() || c.is0()) return undefined
    a.assertValidity()
    c.assertValidity()
    b.assertValidity() // on the curve and in the subgroup
    return { a, b, c }
  } catch {
    return undefined
  }
}

function pointG1([x, y]: readonly string[]): PointG1 {
  const point = G1.Point.fromAffine({ x: BigInt(x ?? 0), y: BigInt(y ?? 0) })
  point.assertValidity()
  return point
}

function pointG2([x, y]: readonly (readonly string[])[]): PointG2 {
  const coordinate = (parts: readonly string[] = []) => ({ c0: BigInt(parts[0] ?? 0), c1: BigInt(parts[1] ?? 0) })
  const point = G2.Point.fromAffine({ x: coordinate(x), y: coordinate(y) })
  point.assertValidity()
  return point
}

/** A verification key that must not be used. */
export class KeyUnsoundError extends BaseError {
  readonly code = 'key.unsound'
}
