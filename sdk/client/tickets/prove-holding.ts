import type { Address } from '../../crypto/index.ts'
import type { ProofChain, ProvenHolding } from '../../facts/index.ts'
import type { HoldsCondition } from '../../policy/index.ts'
import { factEpochOf } from '../../verifier/index.ts'
import { ChainMissingError, type ChainSource } from '../session/chain.ts'
import type { StepOptions } from '../session/events.ts'
import { firstOfEpoch } from './first-checkpoint.ts'
import type { SignedSource } from './signed-source.ts'

type Known = { readonly signed: SignedSource; readonly address: Address }

const hint = 'Pass `chain.publicClient` with `getProof`, and `prover`, to Client.create.'

/** Proves what the account holds in an epoch. */
export type Prove = (fact: HoldsCondition, epoch: number, step: StepOptions) => Promise<ProvenHolding>

/** What proves it, by an endpoint of the chain; it throws for a client that was given none that can, or no prover. */
export function createProve(source: ChainSource | undefined, { signed, address }: Known): Prove {
  return async (fact, epoch, { signal }) => {
    const { publicClient } = (await source?.()) ?? {}
    const { prover } = signed
    if (!prover || !publicClient || !('getProof' in publicClient)) {
      throw new ChainMissingError('A proof of what you hold takes an endpoint of the chain.', { hint })
    }
    const { HoldingUnprovenError, proveHolding } = await import('../../facts/index.ts')
    const newest = signed.newest()
    const isCurrent = newest !== undefined && factEpochOf(Number(newest.issuedAt)) === epoch
    const checkpoint = isCurrent ? await firstOfEpoch(prover, newest, signal) : undefined
    if (!checkpoint) {
      throw new HoldingUnprovenError('There is no checkpoint of this epoch yet.', { hint: 'Try again in a minute.' })
    }
    return proveHolding(fact, { chain: publicClient as ProofChain, subject: address, epoch, checkpoint })
  }
}
