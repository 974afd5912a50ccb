import type { Address, Hex } from '@pennypost/sdk/crypto'
import type { FactProgress } from '@pennypost/sdk/facts'
import { type FactCondition, readAsset } from '@pennypost/sdk/policy'
import type { TimedBlock } from '../chain/index.ts'
import type { FactChain } from './fact-chain.ts'
import { type FactRefusal, type Found, found, refuse } from './fact-refusal.ts'
import { findBlockAt } from './find-block.ts'
import { readConnected } from './read-connected.ts'
import { readHolding } from './read-holding.ts'

/** A fact about an account, and the block by which it is judged. */
export type Judged = {
  readonly chain: FactChain
  readonly fact: FactCondition
  readonly subject: Address
  readonly block: TimedBlock
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FactProgress) => void) | undefined
}

const secondsPerDay = 86_400

/** Whether a fact is so by the state after a block. */
export async function judgeFact(judged: Judged): Promise<Found<true> | FactRefusal> {
  const { chain, fact, subject, block } = judged
  const least = leastOf(fact)
  const count =
    fact.kind === 'age' ? await readUse(judged, fact.days) : await readCount({ chain, fact, subject, block })
  if (!count.ok) return count
  return count.value >= least
    ? found(true)
    : refuse('fact.not-so', `At block ${block.number}, ${sentenceOf(count.value, fact)}`)
}

function leastOf(fact: FactCondition): bigint {
  if (fact.kind === 'holds') return fact.amount
  return fact.kind === 'txCount' ? BigInt(fact.count) : 1n
}

function sentenceOf(count: bigint, fact: FactCondition): string {
  if (fact.kind === 'holds') return `the account holds ${count} of ${fact.asset}; ${fact.amount} are asked for.`
  if (fact.kind === 'connected') return `${fact.granter} had not connected with the account.`
  if (fact.kind === 'txCount') return `the account has sent ${count} transactions; ${fact.count} are asked for.`
  return `the account had sent no transaction ${fact.days} days before.`
}

async function readCount({ chain, fact, subject, block }: Judged): Promise<Found<bigint> | FactRefusal> {
  if (fact.kind === 'connected') return await readConnected(chain, { ...fact, subject }, block)
  const asset = fact.kind === 'holds' ? readAsset(fact.asset) : undefined
  if (!asset) return await chain.nonce(subject, block)
  const { namespace, contract, id } = asset
  return await readHolding(chain, { namespace, contract: contract as Hex | undefined, id, subject }, block)
}

/** How many transactions an account had sent so many days before a block. */
async function readUse(judged: Judged, days: number): Promise<Found<bigint> | FactRefusal> {
  const { chain, subject, block, signal, onProgress } = judged
  const then = await findBlockAt({ chain, from: block, until: block.time - days * secondsPerDay, signal, onProgress })
  if (!then.ok) return then
  return then.value ? await chain.nonce(subject, then.value) : found(0n)
}
