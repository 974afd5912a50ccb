import { type Condition, conditionType, valuesOf } from './conditions/index.ts'
import { isCondition, type Rule } from './rule.ts'

/**
 * The text form of a rule; {@link parseRule} reads it back.
 *
 * @example
 * ```ts
 * import { formatRule } from '@pennypost/sdk/policy'
 *
 * formatRule({ kind: 'any', of: [{ kind: 'connection' }, { kind: 'stamp', count: 2 }] }) // 'connection or stamp 2'
 * ```
 */
export function formatRule(rule: Rule): string {
  if (isCondition(rule)) return formatCondition(rule)
  if (rule.kind === 'atLeast') return `${rule.count} of (${rule.of.map(formatRule).join(', ')})`
  return rule.of.map(formatPart).join(rule.kind === 'all' ? ' and ' : ' or ')
}

/** The text form of one condition, such as `stamp 2`. */
export function formatCondition(condition: Condition): string {
  const values = valuesOf(condition)
  const parameters = conditionType(condition.kind)?.parameters ?? []
  return [condition.kind, ...parameters.map(({ name }) => values[name])].join(' ')
}

const formatPart = (rule: Rule): string =>
  rule.kind === 'all' || rule.kind === 'any' ? `(${formatRule(rule)})` : formatRule(rule)
