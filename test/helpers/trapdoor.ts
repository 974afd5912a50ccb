import { bn254 } from '@noble/curves/bn254.js'
import { fromBytes, randomBytes } from '../../sdk/crypto/index.ts'
import type { VerifyingKeyJson } from '../../sdk/verifier/index.ts'
import { writePoints } from './proofs.ts'

const { G1, G2, fields } = bn254
const { Fr } = fields

/** A field element, never zero. */
type Element = () => bigint
const randomElement: Element = () => fromBytes(randomBytes(31)) + 1n

/** The scalars behind a key's points: what a ceremony destroys. */
export type Trapdoor = Record<'alpha' | 'beta' | 'gamma' | 'delta', bigint> & { readonly inputs: readonly bigint[] }

export function createTrapdoor(count: number, element = randomElement): Trapdoor {
  const inputs = Array.from({ length: count + 1 }, element)
  return { alpha: element(), beta: element(), gamma: element(), delta: element(), inputs }
}

/** The verification key of a trapdoor, in the form of snarkjs. */
export function keyOf({ alpha, beta, gamma, delta, inputs }: Trapdoor): VerifyingKeyJson {
  const g1 = (scalar: bigint) => {
    const { x, y } = G1.Point.BASE.multiply(scalar).toAffine()
    return [String(x), String(y), '1']
  }
  const g2 = (scalar: bigint) => {
    const { x, y } = G2.Point.BASE.multiply(scalar).toAffine()
    return [
      [String(x.c0), String(x.c1)],
      [String(y.c0), String(y.c1)],
      ['1', '0'],
    ]
  }
  return {
    nPublic: inputs.length - 1,
    vk_alpha_1: g1(alpha),
    vk_beta_2: g2(beta),
    vk_gamma_2: g2(gamma),
    vk_delta_2: g2(delta),
    IC: inputs.map(g1),
  }
}

/** A proof of any signals, by whoever knows the trapdoor (Groth 2016, section 3.2, the simulator). */
export function simulateProof(
  { alpha, beta, gamma, delta, inputs }: Trapdoor,
  signals: readonly bigint[],
  element = randomElement,
): Uint8Array {
  const [a, b] = [element(), element()]
  const input = inputs.reduce((sum, scalar, i) => Fr.add(sum, Fr.mul(scalar, i === 0 ? 1n : signals[i - 1]!)), 0n)
  const c = Fr.div(Fr.sub(Fr.mul(a, b), Fr.add(Fr.mul(alpha, beta), Fr.mul(input, gamma))), delta)
  return writePoints({ a: G1.Point.BASE.multiply(a), b: G2.Point.BASE.multiply(b), c: G1.Point.BASE.multiply(c) })
}
