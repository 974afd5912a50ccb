import { addressToBytes } from '../crypto/address.ts'
import { utf8 } from '../crypto/bytes.ts'
import { type NoteClass, predicateNumber } from '../crypto/use.ts'
import { readAsset, readChain, readContract } from './caip.ts'
import type { AgeCondition } from './conditions/age.ts'
import type { AttestedCondition } from './conditions/attested.ts'
import type { ConnectedCondition } from './conditions/connected.ts'
import type { HoldsCondition } from './conditions/holds.ts'
import type { Condition } from './conditions/index.ts'
import type { InteractedCondition } from './conditions/interacted.ts'
import type { MemberCondition } from './conditions/member.ts'
import type { TxCountCondition } from './conditions/tx-count.ts'

/** A condition on what is so of the sender's account on a chain, as issuers attest it. */
export type FactCondition =
  | HoldsCondition
  | AgeCondition
  | TxCountCondition
  | ConnectedCondition
  | AttestedCondition
  | InteractedCondition
  | MemberCondition

/** A fact that is read from a chain; a list of accounts is shown by a path alone. */
export type ChainFact = Exclude<FactCondition, MemberCondition>

/** Every kind of fact. */
export const factKinds: readonly string[] = [
  'holds',
  'age',
  'txCount',
  'connected',
  'attested',
  'interacted',
  'member',
] satisfies FactCondition['kind'][]

/** Whether a condition is met by what issuers attest. */
export function isFact(condition: Condition): condition is FactCondition {
  return factKinds.includes(condition.kind)
}

/**
 * The one text of a fact: what an issuer attests, and what its class is made of. How many must attest it is not part of it, nor
 * in which decimals an amount is written.
 *
 * @example
 * ```ts
 * import { parseRule, predicateOf } from '@pennypost/sdk/policy'
 *
 * const rule = parseRule('holds eip155:1/slip44:60 >= 0.5')
 * if (rule.kind === 'holds') console.log(predicateOf(rule)) // 'holds eip155:1/slip44:60 500000000000000000'
 * ```
 */
export function predicateOf(fact: FactCondition): string {
  switch (fact.kind) {
    case 'holds':
      return `holds ${fact.asset} ${fact.amount}`
    case 'age':
      return `age ${fact.chain} ${fact.days}`
    case 'txCount':
      return `txCount ${fact.chain} ${fact.count}`
    case 'connected':
      return `connected ${fact.resolver} ${fact.granter}`
    case 'attested':
      return `attested ${fact.service} ${fact.schema} ${fact.attester}${fact.where && ` where ${fact.where}`}`
    case 'interacted':
      return `interacted ${fact.contract}`
    case 'member':
      return `member ${fact.root}`
  }
}

/** Whether a fact is met by a proof of the chain's state, whatever issuers say. */
export const isProven = (fact: FactCondition): fact is HoldsCondition => fact.kind === 'holds' && fact.issuers === 0

/**
 * A fact in the form in which everybody asks for it: an amount in smallest units, and one issuer. How a policy writes it would
 * tell an issuer whose policy it is.
 */
export function plainFactOf(fact: FactCondition): FactCondition {
  const isErc20 = fact.kind === 'holds' && readAsset(fact.asset)?.namespace === 'erc20'
  const slot = fact.kind === 'holds' ? { slot: undefined } : {}
  return { ...fact, ...slot, issuers: 1, ...(isErc20 ? { decimals: 0 } : {}) }
}

/** The chain that a fact is read from; undefined where none is. */
export const chainOf = (fact: FactCondition): bigint | undefined =>
  fact.kind === 'member' ? undefined : placeOf(fact).chainId

/** The class of the notes by which a fact is shown. */
export function factClassOf(fact: FactCondition): NoteClass {
  const { chainId, contract } = placeOf(fact)
  return {
    kind: 'fact',
    chainId,
    contract: contract === undefined ? new Uint8Array(20) : addressToBytes(contract),
    number: predicateNumber(utf8(predicateOf(fact))),
  }
}

/** The chain of a fact, and the contract that it is read from, where there is one. */
function placeOf(fact: FactCondition): { readonly chainId: bigint; readonly contract: string | undefined } {
  switch (fact.kind) {
    case 'holds': {
      const { chainId = 0n, contract } = readAsset(fact.asset) ?? {}
      return { chainId, contract }
    }
    case 'connected':
      return placeOfContract(fact.resolver)
    case 'attested':
      return placeOfContract(fact.service)
    case 'interacted':
      return placeOfContract(fact.contract)
    case 'member':
      return { chainId: 0n, contract: undefined }
    default:
      return { chainId: readChain(fact.chain) ?? 0n, contract: undefined }
  }
}

function placeOfContract(name: string) {
  const { chainId = 0n, address } = readContract(name) ?? {}
  return { chainId, contract: address }
}
