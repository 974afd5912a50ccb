import { createPortableGroth16, credentialKey, ticketKey, type UseGroth16 } from '@pennypost/sdk/verifier'
import { createMclGroth16Of } from '@pennypost/sdk/verifier/mcl'

/** Back ends that verify tickets and credentials. */
export const groth16Kinds = ['mcl', 'portable'] as const

/** A back end for each circuit, which may hold memory. */
export type NodeGroth16 = UseGroth16 & { close?(): void }

/** What verifies tickets and credentials. Throws on a key that anybody could forge proofs for. */
export const createGroth16: Record<(typeof groth16Kinds)[number], () => Promise<NodeGroth16>> = {
  mcl: () => createMclGroth16Of({ ticket: ticketKey, credential: credentialKey }),
  portable: async () => ({
    ticket: createPortableGroth16(ticketKey),
    credential: createPortableGroth16(credentialKey),
  }),
}
