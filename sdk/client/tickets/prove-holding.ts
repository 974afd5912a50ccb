import type { Address } from '../../crypto/index.ts'
import type { ProofChain, ProvenHolding } from '../../facts/index.ts'
import type { HoldsCondition } from '../../policy/index.ts'
import { factEpochOf } from '../../verifier/index.ts'
import type { StepOptions } from '../session/events.ts'
import type { ClientOptions } from '../session/options.ts'
import { firstOfEpoch } from './first-checkpoint.ts'
import type { SignedSource } from './signed-source.ts'

type Known = { readonly signed: SignedSource; readonly address: Address }

/** Proves what the account holds in an epoch. */
export type Prove = (fact: HoldsCondition, epoch: number, step: StepOptions) => Promise<ProvenHolding>

/** What proves it; undefined for a client that was given no endpoint of the chain that can, or no prover. */
export function createProve({ chain }: Pick<ClientOptions, 'chain'>, { signed, address }: Known): Prove | undefined {
  const { publicClient } = chain ?? {}
  const { prover } = signed
  if (!prover || !publicClient || !('getProof' in publicClient)) return undefined
  return async (fact, epoch, { signal }) => {
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
