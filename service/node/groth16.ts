import { createPortableGroth16, type Groth16, ticketKey } from '@pennypost/sdk/verifier'

/** Back ends that verify tickets. */
export const groth16Kinds = ['portable'] as const

/** What verifies tickets. Throws on a key that anybody could forge proofs for. */
export const createGroth16 = {
  portable: async (): Promise<Groth16> => createPortableGroth16(ticketKey),
}
