import type { Condition } from './conditions/index.ts'
import { isCondition, type Rule } from './rule.ts'
import { readTime } from './time.ts'

/** When a rule is asked for, in unix seconds. */
export type Times = {
  readonly now: number
  /** Since when what is shown may have been quoted; now unless given. A window that closed since then is open still. */
  readonly quotedSince?: number | undefined
}

/**
 * The rule that another one is at a time, with the same places: a window that is open asks nothing, one that is over cannot be
 * met. One that is still to open stays as it is: nothing meets it, and whoever is refused reads when it will.
 *
 * @example
 * ```ts
 * import { formatRule, parseRule, ruleAt } from '@pennypost/sdk/policy'
 *
 * const rule = parseRule('before 2026-12-01 or stamp 1')
 * formatRule(ruleAt(rule, { now: Date.parse('2026-11-30') / 1000 })) // 'everyone or stamp 1'
 * ```
 */
export function ruleAt(rule: Rule, times: Times): Rule {
  return isCondition(rule) ? conditionAt(rule, times) : { ...rule, of: rule.of.map((part) => ruleAt(part, times)) }
}

function conditionAt(condition: Condition, { now, quotedSince = now }: Times): Condition {
  if (condition.kind !== 'after' && condition.kind !== 'before') return condition
  const time = readTime(condition.time) ?? Number.NaN
  if (condition.kind === 'before') return { kind: quotedSince < time ? 'everyone' : 'nobody' }
  return now >= time ? { kind: 'everyone' } : condition
}
