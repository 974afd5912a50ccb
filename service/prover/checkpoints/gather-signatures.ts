import type { SignedCheckpoint } from '@pennypost/sdk/codec'
import { type Address, equalBytes } from '@pennypost/sdk/crypto'
import { signersOf } from '@pennypost/sdk/verifier'
import type { SignerSet } from '../chain/index.ts'
import type { Proposals } from './peers.ts'

/** A signature of 65 bytes, and whose it is. */
export type Signature = { readonly signer: Address; readonly signature: Uint8Array }

type Wanted = {
  /** Encoded Checkpoint. */
  readonly checkpoint: Uint8Array
  readonly office: SignerSet
  readonly proposals: Proposals | undefined
}

/**
 * This prover's signature and, where more are needed, those that others offer for the very same checkpoint. What they offer
 * for another is left alone: who is right, the chain says.
 */
export async function gatherSignatures(
  own: Signature,
  { checkpoint, office, proposals }: Wanted,
): Promise<Signature[]> {
  const found = new Map([[own.signer, own]])
  if (office.threshold <= 1) return [own]
  for (const offered of (await proposals?.()) ?? []) {
    if (!equalBytes(offered.checkpoint, checkpoint)) continue
    for (const signature of signaturesIn(offered, office)) found.set(signature.signer, signature)
  }
  return [...found.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1))
}

/** One at a time: who a signature is of, is known by the signature alone. */
function signaturesIn({ checkpoint, signatures }: SignedCheckpoint, { signers }: SignerSet): Signature[] {
  return signatures.slice(0, signers.length).flatMap((one) => {
    const [signer] = signersOf({ $typeName: 'pennypost.v1.SignedCheckpoint', checkpoint, signatures: [one] }, signers)
    return signer ? [{ signer, signature: one.signature }] : []
  })
}
