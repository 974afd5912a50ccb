import { BaseError } from '../errors.ts'
import type { Condition } from './conditions/index.ts'

/** A tree of conditions: what a policy asks for. */
export type Rule =
  | { readonly kind: 'all'; readonly of: readonly Rule[] }
  | { readonly kind: 'any'; readonly of: readonly Rule[] }
  | { readonly kind: 'atLeast'; readonly count: number; readonly of: readonly Rule[] }
  | Condition

/** A condition at its place: the index counts the leaves of a rule from the left, from 0. */
export type Leaf = { readonly index: number; readonly condition: Condition }

/** Bounds of a rule, so that deciding is always cheap. */
export const RULE_LIMITS = { leaves: 64, depth: 6, bytes: 8192 } as const

/** Whether a rule is a condition, and not a composition of rules. */
export function isCondition(rule: Rule): rule is Condition {
  return rule.kind !== 'all' && rule.kind !== 'any' && rule.kind !== 'atLeast'
}

/** The conditions of a rule with their indexes, from the left. */
export function leavesOf(rule: Rule): Leaf[] {
  const conditions: Condition[] = []
  const visit = (part: Rule): void => {
    if (isCondition(part)) conditions.push(part)
    else part.of.forEach(visit)
  }
  visit(rule)
  return conditions.map((condition, index) => ({ index, condition }))
}

/** How many compositions lie on top of each other; a condition alone has depth 1. */
export function depthOf(rule: Rule): number {
  return isCondition(rule) ? 1 : 1 + Math.max(...rule.of.map(depthOf))
}

/**
 * Throws unless a rule is within {@link RULE_LIMITS} and every composition can be met. Returns its one normal form:
 * `all` and `any` of a single rule are that rule.
 */
export function assertRule(rule: Rule): Rule {
  if (depthOf(rule) > RULE_LIMITS.depth) throw new PolicyMalformedError(`a rule nests deeper than ${RULE_LIMITS.depth}`)
  if (leavesOf(rule).length > RULE_LIMITS.leaves) {
    throw new PolicyMalformedError(`a rule has more than ${RULE_LIMITS.leaves} conditions`)
  }
  assertCompositions(rule)
  return unwrap(rule)
}

function unwrap(rule: Rule): Rule {
  if (isCondition(rule)) return rule
  const of = rule.of.map(unwrap)
  return rule.kind !== 'atLeast' && of.length === 1 && of[0] ? of[0] : { ...rule, of }
}

function assertCompositions(rule: Rule): void {
  if (isCondition(rule)) return
  if (rule.of.length === 0) throw new PolicyMalformedError(`"${rule.kind}" of nothing`)
  if (rule.kind === 'atLeast' && !(Number.isInteger(rule.count) && rule.count >= 1 && rule.count <= rule.of.length)) {
    throw new PolicyMalformedError(`cannot meet ${rule.count} of ${rule.of.length} rules`)
  }
  rule.of.forEach(assertCompositions)
}

/** A policy, in whatever form, that does not say what it must. */
export class PolicyMalformedError extends BaseError {
  readonly code = 'policy.malformed'
}
