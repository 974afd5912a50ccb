import {
  type Condition,
  explainCondition,
  formatCondition,
  isCondition,
  isFact,
  leavesOf,
  type Rule,
  type TokenOptions,
} from '../../policy/index.ts'
import type { MissingCondition } from '../../transport/index.ts'

/** What the client knows of the network, from its own configuration and the signed terms. */
export type Known = TokenOptions & { readonly stampPrice?: bigint | undefined }

/** The conditions of a rule that somebody could meet, with prices. What a stamp costs is in the signed terms. */
export function describeMissing(rule: Rule, known: Known): MissingCondition[] {
  if (isCondition(rule) && (rule.kind === 'everyone' || rule.kind === 'nobody')) return []
  const open = leavesOf(rule).filter(({ condition }) => condition.kind !== 'everyone' && condition.kind !== 'nobody')
  return open.map(({ condition }) => ({
    condition: formatCondition(condition, known),
    explanation: explainCondition(condition, known),
    price: priceOf(condition, known),
  }))
}

function priceOf(condition: Condition, { stampPrice }: Known): bigint | undefined {
  if ('amount' in condition && !isFact(condition)) return condition.amount
  return condition.kind === 'stamp' && stampPrice !== undefined ? stampPrice * BigInt(condition.count) : undefined
}
