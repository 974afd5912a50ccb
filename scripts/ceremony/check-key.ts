import type { VerificationKey } from 'snarkjs'

/**
 * Refuses a verification key with which proofs can be forged.
 *
 * A fresh setup has delta = gamma until somebody contributes to phase 2, and then anyone can prove any public signals;
 * delta = -gamma is as bad. Points are compared by their first coordinate, which a point shares with its negative only,
 * and must be written in the one way that makes this a comparison of strings.
 */
export function assertSoundKey(key: VerificationKey): void {
  if (key.protocol !== 'groth16' || key.curve !== 'bn128') throw new UnsoundKeyError('is not a Groth16 key on BN254')
  if (key.IC.length !== key.nPublic + 1) throw new UnsoundKeyError('has the wrong number of input points')

  const points = [key.vk_alpha_1, key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2, ...key.IC]
  if (!points.flat(2).every(isCanonical)) throw new UnsoundKeyError('holds a coordinate that is not a reduced decimal')
  if (!points.every(isAffine)) throw new UnsoundKeyError('holds a point at infinity')

  if (String(key.vk_gamma_2[0]) === String(key.vk_delta_2[0])) {
    throw new UnsoundKeyError('has gamma = ±delta: nobody contributed to phase 2')
  }
}

/** Thrown for a key that must not verify anything. */
export class UnsoundKeyError extends Error {
  constructor(reason: string) {
    super(`The verification key ${reason}; it is refused.`)
    this.name = 'UnsoundKeyError'
  }
}

/** snarkjs writes projective points; all but infinity end in 1 (G1) or [1, 0] (G2). */
const isAffine = (point: string[] | string[][]) => String(point.at(-1)) === (Array.isArray(point[0]) ? '1,0' : '1')

const isCanonical = (part: string) => /^(0|[1-9]\d*)$/.test(part) && BigInt(part) < coordinateOrder

/** Coordinates of BN254's points are counted modulo this prime. */
const coordinateOrder = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
