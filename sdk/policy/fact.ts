import { addressToBytes } from '../crypto/address.ts'
import { utf8 } from '../crypto/bytes.ts'
import { type NoteClass, predicateNumber } from '../crypto/use.ts'
import { readAsset, readChain } from './caip.ts'
import type { AgeCondition } from './conditions/age.ts'
import type { HoldsCondition } from './conditions/holds.ts'
import type { Condition } from './conditions/index.ts'
import type { TxCountCondition } from './conditions/tx-count.ts'

/** A condition on what is so of the sender's account on a chain, as issuers attest it. */
export type FactCondition = HoldsCondition | AgeCondition | TxCountCondition

/** Whether a condition is met by what issuers attest. */
export function isFact(condition: Condition): condition is FactCondition {
  return condition.kind === 'holds' || condition.kind === 'age' || condition.kind === 'txCount'
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
  }
}

/** The class of the notes by which a fact is shown. */
export function factClassOf(fact: FactCondition): NoteClass {
  const asset = fact.kind === 'holds' ? readAsset(fact.asset) : undefined
  const chainId = fact.kind === 'holds' ? asset?.chainId : readChain(fact.chain)
  return {
    kind: 'fact',
    chainId: chainId ?? 0n,
    contract: asset?.contract === undefined ? new Uint8Array(20) : addressToBytes(asset.contract),
    number: predicateNumber(utf8(predicateOf(fact))),
  }
}
