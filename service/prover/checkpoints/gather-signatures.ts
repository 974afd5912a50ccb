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
  /** Enough of the members of one of these. */
  readonly sets: readonly SignerSet[]
  readonly proposals: Proposals | undefined
}

/**
 * This prover's signature and, where more are needed, those that others offer for the very same checkpoint. What they offer
 * for another is left alone: who is right, the chain says.
 */
export async function gatherSignatures(own: Signature, { checkpoint, sets, proposals }: Wanted): Promise<Signature[]> {
  const found = new Map([[own.signer, own]])
  if (!proposals || areEnough(found.values(), sets)) return [own]
  const known = [...new Set(sets.flatMap(({ signers }) => signers))]
  for await (const offered of proposals()) {
    if (!equalBytes(offered.checkpoint, checkpoint)) continue
    for (const signature of signaturesIn(offered, known)) found.set(signature.signer, signature)
    if (areEnough(found.values(), sets)) break
  }
  return [...found.values()].sort((a, b) => (a.signer < b.signer ? -1 : 1))
}

/** Whether enough members of one set have signed. */
export function areEnough(signatures: Iterable<Signature>, sets: readonly SignerSet[]): boolean {
  const who = new Set([...signatures].map(({ signer }) => signer))
  return sets.some(({ signers, threshold }) => signers.filter((one) => who.has(one)).length >= Math.max(1, threshold))
}

/** One at a time: who a signature is of, is known by the signature alone. */
function signaturesIn({ checkpoint, signatures }: SignedCheckpoint, known: readonly Address[]): Signature[] {
  return signatures.slice(0, known.length).flatMap((one) => {
    const [signer] = signersOf({ $typeName: 'pennypost.v1.SignedCheckpoint', checkpoint, signatures: [one] }, known)
    return signer ? [{ signer, signature: one.signature }] : []
  })
}
