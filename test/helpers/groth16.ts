import type { Groth16, UseGroth16 } from '../../sdk/verifier/index.ts'

/** One back end for both circuits, for tests that ask about one of them, or believe every proof. */
export const forBoth = (groth16: Groth16): UseGroth16 => ({ ticket: groth16, credential: groth16 })
