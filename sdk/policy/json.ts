import type { TokenOptions } from './amount.ts'
import { assertRule, isCondition, PolicyMalformedError, RULE_LIMITS, type Rule } from './rule.ts'
import { type Reading, readCondition, shortValuesOf } from './written.ts'

/**
 * Reads the JSON form of a rule, in which amounts are decimals of whole tokens.
 *
 * @example
 * ```ts
 * import { formatRule, ruleFromJson } from '@pennypost/sdk/policy'
 *
 * formatRule(ruleFromJson(JSON.parse('{ "kind": "stamp", "count": 1 }'))) // 'stamp 1'
 * ```
 */
export function ruleFromJson(value: unknown, token: TokenOptions = {}): Rule {
  return assertRule(readRule(value, { place: 'rule', depth: 1 }, token))
}

/**
 * The JSON form of a rule; {@link ruleFromJson} reads it back with the same decimals.
 *
 * @example
 * ```ts
 * import { parseRule, ruleToJson } from '@pennypost/sdk/policy'
 *
 * JSON.stringify(ruleToJson(parseRule('bond 0.5'))) // '{"kind":"bond","amount":"0.5"}'
 * ```
 */
export function ruleToJson(rule: Rule, token: TokenOptions = {}): object {
  if (isCondition(rule)) return { kind: rule.kind, ...shortValuesOf(rule, token) }
  return { ...rule, of: rule.of.map((part) => ruleToJson(part, token)) }
}

/** Where a rule stands in the whole. */
type Place = { readonly place: string; readonly depth: number }

function readRule(value: unknown, { place, depth }: Place, token: TokenOptions): Rule {
  if (depth > RULE_LIMITS.depth) throw new PolicyMalformedError(`a rule nests deeper than ${RULE_LIMITS.depth}`)
  if (typeof value !== 'object' || value === null) throw new PolicyMalformedError('a rule is not an object')
  const { kind, ...rest } = value as Record<string, unknown>
  if (typeof kind !== 'string') throw new PolicyMalformedError('a rule has no kind')
  if (kind !== 'all' && kind !== 'any' && kind !== 'atLeast')
    return readLeaf(kind, rest, { token, whereIs: (name) => `${place}.${name}` })

  const { of, count, ...stray } = rest
  if (!Array.isArray(of) || Object.keys(stray).length > 0) {
    throw new PolicyMalformedError(`"${kind}" takes "of", a list of rules`)
  }
  const parts = of.map((part, i) => readRule(part, { place: `${place}.of[${i}]`, depth: depth + 1 }, token))
  if (kind === 'atLeast') return { kind, count: count as number, of: parts }
  if (count !== undefined) throw new PolicyMalformedError(`"${kind}" takes no count`)
  return { kind, of: parts }
}

function readLeaf(kind: string, values: Record<string, unknown>, reading: Reading): Rule {
  const condition = readCondition(kind, values, reading)
  if (typeof condition === 'string') throw new PolicyMalformedError(condition)
  return condition
}
