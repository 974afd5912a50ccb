import type { TokenOptions } from './amount.ts'
import { type Condition, conditionType } from './conditions/index.ts'
import { isCondition, type Rule } from './rule.ts'
import { writtenValuesOf } from './written.ts'

/**
 * Says in plain words what a rule asks of a sender.
 *
 * @example
 * ```ts
 * import { explainRule, parseRule } from '@pennypost/sdk/policy'
 *
 * explainRule(parseRule('connection or stamp 1')) // 'the recipient has connected with you, or you use one stamp'
 * ```
 */
export function explainRule(rule: Rule, token: TokenOptions = {}): string {
  if (isCondition(rule)) return explainCondition(rule, token)
  const parts = rule.of.map((part) => (isCondition(part) ? explainRule(part, token) : `(${explainRule(part, token)})`))
  if (rule.kind === 'atLeast') return `at least ${rule.count} of: ${parts.join('; ')}`
  return parts.join(rule.kind === 'all' ? ', and ' : ', or ')
}

/** Says in plain words what one condition asks of a sender. */
export function explainCondition(condition: Condition, token: TokenOptions = {}): string {
  return conditionType(condition.kind)?.explain(writtenValuesOf(condition, token)) ?? condition.kind
}
