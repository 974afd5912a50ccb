import {
  type Condition,
  explainCondition,
  formatCondition,
  isCondition,
  type Leaf,
  leavesOf,
  quoteRule,
  type Rule,
} from '../policy/index.ts'
import type { MissingCondition } from '../transport/index.ts'
import { type Refusal, refuse } from './refusal.ts'

/** How a message travels: `sealed`, the node does not learn who writes; `visible`, it does, as with stock clients. */
export type Path = 'sealed' | 'visible'

/** What a sender has and is ready to give. */
export type Means = {
  readonly hasConnection: boolean
  /** Stamps held; absent where nobody has looked. */
  readonly stamps: number | undefined
  /** Price of one stamp in the token's smallest unit; undefined where the network sells none. */
  readonly stampPrice: bigint | undefined
  readonly requestBits: number
  /** The most that may be spent on this, in the token's smallest unit. */
  readonly maxPrice: bigint | undefined
  /** Kinds of condition that are out of the question. */
  readonly without: ReadonlySet<Condition['kind']>
}

/** What a topic asks, and in which version of the recipient's policy. */
export type Asked = { readonly rule: Rule; readonly version: bigint }

/** The cheapest way to meet a rule. */
export type RuleQuote = {
  readonly ok: true
  readonly conditions: readonly Leaf[]
  /** In the token's smallest unit. */
  readonly price: bigint
  /** Expected hashes. */
  readonly effort: number
  /** Stamps that it takes. */
  readonly stamps: number
  readonly explanation: string
}

/** Finds the cheapest way for a sender with these means; a refusal names what would help. Pure. */
export function quoteMeans(rule: Rule, means: Means): RuleQuote | Refusal {
  const quote = quoteRule(rule, (condition) => costOf(condition, means))
  if (!quote || (means.maxPrice !== undefined && quote.money > means.maxPrice)) return refuseQuote(rule, means)
  const { conditions, money: price, effort } = quote
  return { ok: true, conditions, price, effort, stamps: countStamps(conditions), explanation: explain(conditions) }
}

/** The cheapest way to meet a rule, with stamps counted only if nothing else will do. */
export async function quoteRuleFor(
  rule: Rule,
  means: (withStamps: boolean) => Promise<Means>,
): Promise<RuleQuote | Refusal> {
  const free = await means(false)
  const quote = quoteMeans(rule, { ...free, without: new Set([...free.without, 'stamp' as const]) })
  return quote.ok ? quote : quoteMeans(rule, await means(true))
}

/** How many stamps some conditions take. */
export const countStamps = (conditions: readonly Leaf[]): number =>
  conditions.reduce((sum, { condition }) => sum + (condition.kind === 'stamp' ? condition.count : 0), 0)

function costOf(condition: Condition, means: Means): { money: bigint; effort: number } | undefined {
  if (means.without.has(condition.kind)) return undefined
  switch (condition.kind) {
    case 'connection':
      return means.hasConnection ? { money: 0n, effort: 0 } : undefined
    case 'request':
      return workCost(means.requestBits)
    case 'work':
      return workCost(condition.bits)
    case 'stamp':
      return stampCost(condition.count, means)
    default:
      return undefined
  }
}

/** Beyond this, no one waits for the end; a node that asks for more keeps a sender busy for nothing. */
const maxBits = 28

const workCost = (bits: number) => (bits > maxBits ? undefined : { money: 0n, effort: 2 ** bits })

function stampCost(count: number, { stamps, stampPrice, maxPrice }: Means) {
  if (stampPrice === undefined || (stamps !== undefined && stamps < count)) return undefined
  const money = stampPrice * BigInt(count)
  return maxPrice !== undefined && money > maxPrice ? undefined : { money, effort: 0 }
}

function explain(conditions: readonly Leaf[]): string {
  if (conditions.length === 0) return 'nothing is asked'
  return conditions.map(({ condition }) => explainCondition(condition)).join(', and ')
}

/** Says what is missing: stamps where a stamp would do, else what the policy asks. */
function refuseQuote(rule: Rule, means: Means): Refusal {
  const missing = describeMissing(rule, means.stampPrice)
  const wayWithStamps = quoteRule(rule, (condition) =>
    costOf(condition, { ...means, stamps: undefined, maxPrice: undefined }),
  )
  if (!wayWithStamps) return refuse('policy.refused', 'You have nothing that the recipient asks for.', missing)
  const { money } = wayWithStamps
  if (means.maxPrice !== undefined && money > means.maxPrice) {
    return refuse(
      'price.too-high',
      `Delivery costs ${money} of the token's smallest units; at most ${means.maxPrice} was allowed.`,
      missing,
    )
  }
  return refuse(
    'stamps.missing',
    `Delivery takes ${countStamps(wayWithStamps.conditions)} of your stamps. Buy some first.`,
    missing,
  )
}

/** The conditions of a rule that somebody could meet, with prices. */
export function describeMissing(rule: Rule, stampPrice: bigint | undefined): MissingCondition[] {
  if (isCondition(rule) && (rule.kind === 'everyone' || rule.kind === 'nobody')) return []
  const open = leavesOf(rule).filter(({ condition }) => condition.kind !== 'everyone' && condition.kind !== 'nobody')
  return open.map(({ condition }) => ({
    condition: formatCondition(condition),
    explanation: explainCondition(condition),
    ...(condition.kind === 'stamp' && stampPrice !== undefined && { price: stampPrice * BigInt(condition.count) }),
  }))
}
