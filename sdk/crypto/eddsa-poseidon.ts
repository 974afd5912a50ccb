import { BabyJubjub, type BabyJubjubKey, readBabyJubjubKey, readPoint, SUBGROUP_ORDER } from './baby-jubjub.ts'

/** An issuer's signature (EdDSA-Poseidon): a point of BabyJubjub and a scalar. */
export type NoteSignature = { readonly r8x: bigint; readonly r8y: bigint; readonly s: bigint }

/** What was signed, and by whom. */
export type IssuerSigned = {
  readonly message: bigint
  readonly signature: NoteSignature
  readonly issuer: BabyJubjubKey
}

/** Whether an issuer has signed, by the same equation as the circuit, S·B = R8 + 8·h·A; with a Poseidon that is handed in. */
export function isIssuerSigned(
  { message, signature: { r8x, r8y, s }, issuer }: IssuerSigned,
  poseidon: (inputs: readonly bigint[]) => bigint,
): boolean {
  const [key, r8] = [readBabyJubjubKey(issuer), readPoint(r8x, r8y)]
  if (!key || !r8 || s < 0n || s >= SUBGROUP_ORDER) return false
  const { x, y } = key.toAffine()
  const challenge = (8n * poseidon([r8x, r8y, x, y, message])) % SUBGROUP_ORDER
  return BabyJubjub.BASE.multiplyUnsafe(s).equals(r8.add(key.multiplyUnsafe(challenge)))
}
