import type { Hex } from '@pennypost/sdk/crypto'
import { type ChainFact, mostInteractions, readAsset, readContract } from '@pennypost/sdk/policy'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'
import { findAttestation } from './find-attestation.ts'
import { findBlockAt } from './find-block.ts'
import { findInteraction } from './find-interaction.ts'
import type { Judged } from './judged.ts'
import { readConnected } from './read-connected.ts'
import { readHolding } from './read-holding.ts'
import { type LeftOff, leftOff } from './scan.ts'

const secondsPerDay = 86_400

/** Whether a fact is so by the state after a block. */
export async function judgeFact(judged: Judged): Promise<Found<true> | FactRefusal | LeftOff> {
  const { fact } = judged
  if (fact.kind === 'attested') return await findAttestation({ ...judged, fact })
  const { count, least, sentence } = looksOf(judged, fact)
  const counted = await count()
  if (counted === leftOff || !counted.ok) return counted
  if (counted.value >= least) return found(true)
  return refuse('fact.not-so', `At block ${judged.block.number}, ${sentence(counted.value)}`)
}

type CountedFact = Exclude<ChainFact, { kind: 'attested' }>

/** What is counted for a fact, how much is enough, and what is said where it is not. */
type Looks = {
  readonly count: () => Promise<Found<bigint> | FactRefusal | LeftOff>
  readonly least: bigint
  readonly sentence: (count: bigint) => string
}

function looksOf(judged: Judged, fact: CountedFact): Looks {
  const { chain, subject, block } = judged
  switch (fact.kind) {
    case 'holds':
      return {
        count: () => readAmount(judged, fact.asset),
        least: fact.amount,
        sentence: (count) => `the account holds ${count} of ${fact.asset}; ${fact.amount} are asked for.`,
      }
    case 'txCount':
      return {
        count: () => chain.nonce(subject, block),
        least: BigInt(fact.count),
        sentence: (count) => `the account has sent ${count} transactions; ${fact.count} are asked for.`,
      }
    case 'age':
      return {
        count: () => readUse(judged, fact.days),
        least: 1n,
        sentence: () => `the account had sent no transaction ${fact.days} days before.`,
      }
    case 'connected':
      return {
        count: () => readConnected(chain, { ...fact, subject }, block),
        least: 1n,
        sentence: () => `${fact.granter} had not connected with the account.`,
      }
    case 'interacted':
      return {
        count: () => findInteraction(judged, { contract: addressIn(fact.contract), most: mostInteractions }),
        least: 1n,
        sentence: () => `none of the account's last ${mostInteractions} transactions went to ${fact.contract}.`,
      }
  }
}

async function readAmount({ chain, subject, block }: Judged, asset: string): Promise<Found<bigint> | FactRefusal> {
  const holding = readAsset(asset)
  if (!holding) return refuse('fact.malformed', `"${asset}" is no asset.`)
  const { namespace, contract, id } = holding
  return await readHolding(chain, { namespace, contract: contract as Hex | undefined, id, subject }, block)
}

/** How many transactions an account had sent so many days before a block. */
async function readUse(judged: Judged, days: number): Promise<Found<bigint> | FactRefusal> {
  const { chain, subject, block, signal, onProgress } = judged
  const then = await findBlockAt({ chain, from: block, until: block.time - days * secondsPerDay, signal, onProgress })
  if (!then.ok) return then
  return then.value ? await chain.nonce(subject, then.value) : found(0n)
}

const addressIn = (contract: string): string => readContract(contract)?.address ?? ''
