import { edwards } from '@noble/curves/abstract/edwards.js'
import { fromBytes } from './abi.ts'
import { FIELD_ORDER, isFieldElement } from './field.ts'

/**
 * BabyJubjub (EIP-2494), the curve that circuits compute with: 168700·x² + y² = 1 + 168696·x²·y² over their field. `BASE` is
 * circomlib's Base8, which gives the subgroup of prime order `n`.
 */
export const BabyJubjub = /* @__PURE__ */ edwards({
  p: FIELD_ORDER,
  n: 2736030358979909402780800718157159386076813972158567259200215660948447373041n,
  h: 8n,
  a: 168_700n,
  d: 168_696n,
  Gx: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  Gy: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
})

/** Coordinates of a public key: 32 bytes each, big-endian. */
export type BabyJubjubKey = { readonly x: Uint8Array; readonly y: Uint8Array }

/**
 * Whether a key can be trusted to be one: reduced, on the curve, in the subgroup of prime order, and not its neutral point.
 * Under any other key there may be signatures that nobody made.
 */
export function isBabyJubjubKey(key: BabyJubjubKey): boolean {
  const [x, y] = [fromBytes(key.x), fromBytes(key.y)]
  if (!isFieldElement(x) || !isFieldElement(y)) return false // another form of a point that is written otherwise
  try {
    const point = BabyJubjub.fromAffine({ x, y })
    point.assertValidity()
    return point.isTorsionFree()
  } catch {
    return false
  }
}
