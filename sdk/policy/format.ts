import type { TokenOptions } from './amount.ts'
import type { Parameter } from './conditions/condition.ts'
import { type Condition, conditionType } from './conditions/index.ts'
import { isCondition, type Rule } from './rule.ts'
import { shortValuesOf } from './written.ts'

/**
 * The text form of a rule, with amounts in whole tokens; {@link parseRule} reads it back with the same decimals.
 *
 * @example
 * ```ts
 * import { formatRule } from '@pennypost/sdk/policy'
 *
 * formatRule({ kind: 'any', of: [{ kind: 'connection' }, { kind: 'stamp', count: 2 }] }) // 'connection or stamp 2'
 * ```
 */
export function formatRule(rule: Rule, token: TokenOptions = {}): string {
  if (isCondition(rule)) return formatCondition(rule, token)
  if (rule.kind === 'atLeast') return `${rule.count} of (${rule.of.map((part) => formatRule(part, token)).join(', ')})`
  return rule.of.map((part) => formatPart(part, token)).join(rule.kind === 'all' ? ' and ' : ' or ')
}

/** The text form of one condition, such as `stamp 2`. */
export function formatCondition(condition: Condition, token: TokenOptions = {}): string {
  const values = shortValuesOf(condition, token)
  const parameters = conditionType(condition.kind)?.parameters ?? []
  const said = parameters.filter(({ name }) => values[name] !== undefined)
  return [condition.kind, ...said.flatMap((parameter) => wordsOf(parameter, values[parameter.name]))]
    .filter((word) => word !== undefined)
    .join(' ')
}

function wordsOf(parameter: Parameter, value: string | number | undefined): readonly (string | number | undefined)[] {
  const { before, after } = parameter
  const word = 'word' in parameter ? parameter.word : undefined
  return word && word.value === value ? [before, word.text] : [before, value, after]
}

const formatPart = (rule: Rule, token: TokenOptions): string =>
  rule.kind === 'all' || rule.kind === 'any' ? `(${formatRule(rule, token)})` : formatRule(rule, token)
