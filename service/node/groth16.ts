import { createPortableGroth16, type Groth16, ticketKey } from '@pennypost/sdk/verifier'
import { createMclGroth16 } from '@pennypost/sdk/verifier/mcl'

/** Back ends that verify tickets. */
export const groth16Kinds = ['mcl', 'portable'] as const

/** A back end, which may hold memory. */
export type NodeGroth16 = Groth16 & { close?(): void }

/** What verifies tickets. Throws on a key that anybody could forge proofs for. */
export const createGroth16: Record<(typeof groth16Kinds)[number], () => Promise<NodeGroth16>> = {
  mcl: () => createMclGroth16(ticketKey),
  portable: async () => createPortableGroth16(ticketKey),
}
