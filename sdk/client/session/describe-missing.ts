import {
  type Condition,
  explainCondition,
  formatCondition,
  isCondition,
  leavesOf,
  parseAmount,
  type Rule,
} from '../../policy/index.ts'
import type { MissingCondition } from '../../transport/index.ts'

/** The conditions of a rule that somebody could meet, with prices. What a stamp costs is in the signed terms. */
export function describeMissing(rule: Rule, stampPrice: bigint | undefined): MissingCondition[] {
  if (isCondition(rule) && (rule.kind === 'everyone' || rule.kind === 'nobody')) return []
  const open = leavesOf(rule).filter(({ condition }) => condition.kind !== 'everyone' && condition.kind !== 'nobody')
  return open.map(({ condition }) => ({
    condition: formatCondition(condition),
    explanation: explainCondition(condition),
    price: priceOf(condition, stampPrice),
  }))
}

function priceOf(condition: Condition, stampPrice: bigint | undefined): bigint | undefined {
  if ('amount' in condition) return parseAmount(condition.amount)
  return condition.kind === 'stamp' && stampPrice !== undefined ? stampPrice * BigInt(condition.count) : undefined
}
