import { type Condition, conditionType } from './conditions/index.ts'
import { isCondition, type Leaf, leavesOf, type Rule } from './rule.ts'

/** What a policy answers: it is met, or which conditions are missing. */
export type Evaluation = { readonly ok: true } | { readonly ok: false; readonly missing: readonly Leaf[] }

/**
 * Decides a rule over the conditions that verified evidence satisfies, given by their indexes.
 *
 * Pure: client, node and page come to the same result. A refusal is a value; it names every condition that would help.
 *
 * @example
 * ```ts
 * import { evaluateRule, parseRule } from '@pennypost/sdk/policy'
 *
 * evaluateRule(parseRule('connection or stamp 1'), new Set([1])) // { ok: true }
 * ```
 */
export function evaluateRule(rule: Rule, satisfied: ReadonlySet<number>): Evaluation {
  const leaves = leavesOf(rule)
  const met = leaves.map(({ index, condition }) => outcomeOf(condition) ?? satisfied.has(index))
  if (isMet(rule, met.values())) return { ok: true }
  return { ok: false, missing: leaves.filter(({ index, condition }) => !met[index] && outcomeOf(condition) !== false) }
}

/** The outcome of a condition that needs no evidence; undefined if evidence decides. */
export const outcomeOf = (condition: Condition): boolean | undefined => conditionType(condition.kind)?.outcome

/** Walks the leaves in order, so the iterator hands each one its own value; never stops early. */
function isMet(rule: Rule, met: Iterator<boolean>): boolean {
  if (isCondition(rule)) return met.next().value === true
  const passed = rule.of.map((part) => isMet(part, met)).filter(Boolean).length
  return passed >= needed(rule)
}

/** How many parts of a composition must be met. */
export function needed(rule: Exclude<Rule, Condition>): number {
  if (rule.kind === 'atLeast') return rule.count
  return rule.kind === 'all' ? rule.of.length : 1
}
