import { BabyJubjub, type BabyJubjubKey, readBabyJubjubKey, readPoint, SUBGROUP_ORDER } from './baby-jubjub.ts'
import { poseidon } from './poseidon.ts'

/** An issuer's signature over a note (EdDSA-Poseidon): a point of BabyJubjub and a scalar. */
export type NoteSignature = { readonly r8x: bigint; readonly r8y: bigint; readonly s: bigint }

/** Whether an issuer has signed `message`, see `credentialOf`; by the same equation as the circuit, S·B = R8 + 8·h·A. */
export function isNoteSigned(message: bigint, { r8x, r8y, s }: NoteSignature, issuer: BabyJubjubKey): boolean {
  const [key, r8] = [readBabyJubjubKey(issuer), readPoint(r8x, r8y)]
  if (!key || !r8 || s < 0n || s >= SUBGROUP_ORDER) return false
  const { x, y } = key.toAffine()
  const challenge = (8n * poseidon([r8x, r8y, x, y, message])) % SUBGROUP_ORDER
  return BabyJubjub.BASE.multiplyUnsafe(s).equals(r8.add(key.multiplyUnsafe(challenge)))
}
