import type { BabyJubjubKey } from './baby-jubjub.ts'
import { isIssuerSigned, type NoteSignature } from './eddsa-poseidon.ts'
import { poseidon } from './poseidon.ts'

export type { NoteSignature }

/** Whether an issuer has signed `message`, see `credentialOf`. */
export const isNoteSigned = (message: bigint, signature: NoteSignature, issuer: BabyJubjubKey): boolean =>
  isIssuerSigned({ message, signature, issuer }, poseidon)
