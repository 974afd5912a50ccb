import {
  type Condition,
  explainCondition,
  formatCondition,
  isCondition,
  isFact,
  type Rule,
  type TokenOptions,
} from '../../policy/index.ts'
import type { MissingCondition } from '../../transport/index.ts'

/** What the client knows of the network, from its own configuration and the signed terms. */
export type Known = TokenOptions & { readonly stampPrice?: bigint | undefined }

/**
 * The conditions of a rule that somebody could meet, with prices. What a stamp costs is in the signed terms. What several ways
 * share is there once: as often as the one takes it that takes it most often.
 */
export function describeMissing(rule: Rule, known: Known): MissingCondition[] {
  if (isCondition(rule) && (rule.kind === 'everyone' || rule.kind === 'nobody')) return []
  const open = conditionsOf(rule).filter(({ kind }) => kind !== 'everyone' && kind !== 'nobody')
  return open.map((condition) => ({
    condition: formatCondition(condition, known),
    explanation: explainCondition(condition, known),
    price: priceOf(condition, known),
  }))
}

function conditionsOf(rule: Rule): Condition[] {
  if (isCondition(rule)) return [rule]
  const parts = rule.of.map(conditionsOf)
  return rule.kind === 'any' ? parts.reduce((all, way) => all.concat(beyond(all, way))) : parts.flat()
}

/** What a way takes beyond what is there. */
function beyond(all: readonly Condition[], way: readonly Condition[]): Condition[] {
  const there = all.map((condition) => formatCondition(condition))
  return way.filter((condition) => {
    const at = there.indexOf(formatCondition(condition))
    if (at >= 0) there.splice(at, 1)
    return at < 0
  })
}

function priceOf(condition: Condition, { stampPrice }: Known): bigint | undefined {
  if ('amount' in condition && !isFact(condition)) return condition.amount
  return condition.kind === 'stamp' && stampPrice !== undefined ? stampPrice * BigInt(condition.count) : undefined
}
