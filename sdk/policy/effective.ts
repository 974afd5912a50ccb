import type { Rule } from './rule.ts'

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
