import type { Condition } from './conditions/index.ts'
import { isCondition, type Rule } from './rule.ts'

/**
 * The rule for a first contact: `floor AND (connection OR rule)`. Its leaves are what evidence names by index: the
 * floor's first, then the connection, then the recipient's.
 *
 * @example
 * ```ts
 * import { effectiveRule, formatRule, parseRule } from '@pennypost/sdk/policy'
 *
 * formatRule(effectiveRule(parseRule('work 10'), parseRule('stamp 1'))) // 'work 10 and (connection or stamp 1)'
 * ```
 */
export function effectiveRule(floor: Rule, rule: Rule): Rule {
  return { kind: 'all', of: [floor, { kind: 'any', of: [{ kind: 'connection' }, rule] }] }
}

/**
 * The rule for mail to an unattended address: `floor AND rule`. Its leaves are what evidence names by index: the floor's first.
 * Nobody is there who could have granted a connection, or would look at requests, so `nobody` stands where a floor asks for one.
 *
 * @example
 * ```ts
 * import { effectiveUnattendedRule, formatRule, parseRule } from '@pennypost/sdk/policy'
 *
 * formatRule(effectiveUnattendedRule(parseRule('request or work 10'), parseRule('stamp 2'))) // '(nobody or work 10) and stamp 2'
 * ```
 */
export function effectiveUnattendedRule(floor: Rule, rule: Rule): Rule {
  return withoutRecipient({ kind: 'all', of: [floor, rule] })
}

function withoutRecipient(rule: Rule): Rule {
  if (isCondition(rule)) return takesRecipient(rule) ? { kind: 'nobody' } : rule
  return { ...rule, of: rule.of.map(withoutRecipient) }
}

/** Whether a condition is met only by what its recipient has granted, or has places for. */
export const takesRecipient = ({ kind }: Condition): boolean => kind === 'connection' || kind === 'request'
