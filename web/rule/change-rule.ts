import { type Condition, isCondition, type Rule } from '@pennypost/sdk/policy'

/** Where something lies in a rule: which part of the whole, which part of that, and so on. Empty for the whole. */
export type Path = readonly number[]

type Composition = Exclude<Rule, Condition>

/** A rule with something else at a place. */
export function replaceAt(rule: Rule, path: Path, next: Rule): Rule {
  const [first, ...rest] = path
  if (first === undefined) return tidy(next)
  if (isCondition(rule)) return rule
  return tidy({ ...rule, of: rule.of.map((part, i) => (i === first ? replaceAt(part, rest, next) : part)) })
}

/** A rule without what lies at a place; undefined where nothing is left. */
export function removeAt(rule: Rule, path: Path): Rule | undefined {
  const [first, ...rest] = path
  if (first === undefined) return undefined
  if (isCondition(rule)) return rule
  const of = rule.of.flatMap((part, i) => (i === first ? (removeAt(part, rest) ?? []) : part))
  return of.length > 0 ? tidy({ ...rule, of }) : undefined
}

/** A rule with a condition beside what lies at a place: both are asked (`all`), or either will do (`any`). */
export function joinAt(rule: Rule, path: Path, { kind, condition }: Joined): Rule {
  const at = partAt(rule, path)
  const own = { kind, of: [at, condition] } as const
  return replaceAt(rule, path, own)
}

type Joined = { readonly kind: 'all' | 'any'; readonly condition: Condition }

/** A composition of another kind: of `atLeast`, so many of its parts as there can be, and one at least. */
export function composeAs({ of }: Composition, kind: Composition['kind'], count = 1): Rule {
  return kind === 'atLeast'
    ? { kind, count: Math.min(Math.max(1, Math.floor(count) || 1), of.length), of }
    : { kind, of }
}

function partAt(rule: Rule, path: Path): Rule {
  const [first, ...rest] = path
  const part = first === undefined || isCondition(rule) ? undefined : rule.of[first]
  return part ? partAt(part, rest) : rule
}

/** One form for what means the same: nothing is composed of one part, and no `all` lies in an `all`. */
function tidy(rule: Rule): Rule {
  if (isCondition(rule)) return rule
  const { kind } = rule
  if (kind === 'atLeast') return rule.of.length === 1 ? (rule.of[0] as Rule) : composeAs(rule, kind, rule.count)
  const of = rule.of.flatMap((part) => (part.kind === kind ? part.of : [part]))
  return of.length === 1 ? (of[0] as Rule) : { kind, of }
}
