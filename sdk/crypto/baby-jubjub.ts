import { type EdwardsPoint, edwards } from '@noble/curves/abstract/edwards.js'
import { fromBytes } from './abi.ts'
import { equalBytes } from './bytes.ts'
import { FIELD_ORDER, isFieldElement } from './field.ts'

/** Order of the subgroup that keys and signatures are in; the curve has eight times as many points. */
export const SUBGROUP_ORDER = 2736030358979909402780800718157159386076813972158567259200215660948447373041n

const [a, d] = [168_700n, 168_696n]

/**
 * BabyJubjub (EIP-2494), the curve that circuits compute with: 168700·x² + y² = 1 + 168696·x²·y² over their field. Its base is
 * circomlib's Base8, which gives the subgroup.
 */
export const BabyJubjub = /* @__PURE__ */ edwards({
  p: FIELD_ORDER,
  n: SUBGROUP_ORDER,
  h: 8n,
  a,
  d,
  Gx: 5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  Gy: 16950150798460657717958625567821834550301663161624707787222815936182638968203n,
})

/** Coordinates of a public key: 32 bytes each, big-endian. */
export type BabyJubjubKey = { readonly x: Uint8Array; readonly y: Uint8Array }

/** The point with these coordinates; undefined where they are not reduced or not on the curve, where adding proves nothing. */
export function readPoint(x: bigint, y: bigint): EdwardsPoint | undefined {
  if (!isFieldElement(x) || !isFieldElement(y)) return undefined
  const [x2, y2] = [x * x, y * y]
  const isOnCurve = (a * x2 + y2 - 1n - d * x2 * y2) % FIELD_ORDER === 0n
  return isOnCurve ? BabyJubjub.fromAffine({ x, y }) : undefined
}

/** A key as a point; undefined unless it is in the subgroup, and not its neutral point: under others there may be signatures that nobody made. */
export function readBabyJubjubKey({ x, y }: BabyJubjubKey): EdwardsPoint | undefined {
  if (x.length !== 32 || y.length !== 32) return undefined
  const point = readPoint(fromBytes(x), fromBytes(y))
  return point && !point.is0() && point.isTorsionFree() ? point : undefined
}

/** Whether two keys are one. */
export const isSameKey = (one: BabyJubjubKey, other: BabyJubjubKey): boolean =>
  equalBytes(one.x, other.x) && equalBytes(one.y, other.y)

/** Whether a key can be trusted to be one. */
export const isBabyJubjubKey = (key: BabyJubjubKey): boolean => readBabyJubjubKey(key) !== undefined
