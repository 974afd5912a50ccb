import { makeCondition } from './conditions/index.ts'
import { assertRule, PolicyMalformedError, RULE_LIMITS, type Rule } from './rule.ts'

/**
 * Checks the JSON form of a rule, which is the {@link Rule} itself, and returns it.
 *
 * @example
 * ```ts
 * import { formatRule, ruleFromJson } from '@pennypost/sdk/policy'
 *
 * formatRule(ruleFromJson(JSON.parse('{ "kind": "stamp", "count": 1 }'))) // 'stamp 1'
 * ```
 */
export function ruleFromJson(value: unknown): Rule {
  return assertRule(readRule(value, 1))
}

function readRule(value: unknown, depth: number): Rule {
  if (depth > RULE_LIMITS.depth) throw new PolicyMalformedError(`a rule nests deeper than ${RULE_LIMITS.depth}`)
  if (typeof value !== 'object' || value === null) throw new PolicyMalformedError('a rule is not an object')
  const { kind, ...rest } = value as Record<string, unknown>
  if (typeof kind !== 'string') throw new PolicyMalformedError('a rule has no kind')
  if (kind !== 'all' && kind !== 'any' && kind !== 'atLeast') return readCondition(kind, rest)

  const { of, count, ...stray } = rest
  if (!Array.isArray(of) || of.length > RULE_LIMITS.leaves || Object.keys(stray).length > 0) {
    throw new PolicyMalformedError(`"${kind}" takes "of", a list of rules`)
  }
  const parts = of.map((part) => readRule(part, depth + 1))
  if (kind === 'atLeast') return { kind, count: count as number, of: parts }
  if (count !== undefined) throw new PolicyMalformedError(`"${kind}" takes no count`)
  return { kind, of: parts }
}

function readCondition(kind: string, values: Record<string, unknown>): Rule {
  const condition = makeCondition(kind, values)
  if (typeof condition === 'string') throw new PolicyMalformedError(condition)
  return condition
}
