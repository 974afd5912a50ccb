import {
  BabyJubjub,
  type BabyJubjubKey,
  fromBytes,
  isBabyJubjubKey,
  isFieldElement,
  poseidon,
} from '@pennypost/sdk/crypto'
import type { NoteSignature } from '@pennypost/sdk/facts'

/** Whether an issuer has signed a note, see `credentialOf`: by the same equation as the circuit. */
export function isNoteSigned(message: bigint, { r8x, r8y, s }: NoteSignature, issuer: BabyJubjubKey): boolean {
  const point = { x: r8x, y: r8y }
  if (!isBabyJubjubKey(issuer) || !isOnCurve(point) || s >= BabyJubjub.Fn.ORDER) return false
  const [x, y] = [fromBytes(issuer.x), fromBytes(issuer.y)]
  const challenge = 8n * poseidon([r8x, r8y, x, y, message])
  const key = BabyJubjub.fromAffine({ x, y }).multiplyUnsafe(BabyJubjub.Fn.create(challenge))
  return BabyJubjub.BASE.multiplyUnsafe(s).equals(BabyJubjub.fromAffine(point).add(key))
}

function isOnCurve({ x, y }: { readonly x: bigint; readonly y: bigint }): boolean {
  if (!isFieldElement(x) || !isFieldElement(y)) return false
  try {
    BabyJubjub.fromAffine({ x, y }).assertValidity()
    return true
  } catch {
    return false
  }
}
