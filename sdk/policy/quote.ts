import type { Condition } from './conditions/index.ts'
import { needed, outcomeOf } from './evaluate.ts'
import { isCondition, type Leaf, type Rule } from './rule.ts'

/** What a condition costs a sender: money in the token's smallest unit first, then effort (expected hashes). */
export type Cost = { readonly money: bigint; readonly effort: number }

/** The cheapest way to meet a rule. */
export type Quote = Cost & { readonly conditions: readonly Leaf[] }

/** Prices one condition for one sender; undefined if that sender cannot meet it. */
export type PriceCondition = (condition: Condition) => Cost | undefined

/**
 * Finds the cheapest set of conditions that meets a rule; undefined if the sender has no way.
 *
 * @example
 * ```ts
 * import { parseRule, quoteRule } from '@pennypost/sdk/policy'
 *
 * const quote = quoteRule(parseRule('connection or stamp 2'), (condition) =>
 *   condition.kind === 'stamp' ? { money: 10n * BigInt(condition.count), effort: 0 } : undefined,
 * )
 * quote?.money // 20n
 * ```
 */
export function quoteRule(rule: Rule, price: PriceCondition): Quote | undefined {
  let index = 0
  const visit = (part: Rule): Quote | undefined => {
    if (isCondition(part)) return quoteLeaf({ index: index++, condition: part }, price)
    const quotes = part.of.map(visit).filter((quote) => quote !== undefined)
    const count = needed(part)
    return quotes.length < count ? undefined : quotes.sort(compareCost).slice(0, count).reduce(addQuotes, free)
  }
  return visit(rule)
}

/** Orders costs: less money first, then less effort. */
export function compareCost(a: Cost, b: Cost): number {
  return Number(a.money - b.money) || a.effort - b.effort
}

const free: Quote = { money: 0n, effort: 0, conditions: [] }

function quoteLeaf(leaf: Leaf, price: PriceCondition): Quote | undefined {
  const outcome = outcomeOf(leaf.condition)
  if (outcome === true) return free
  const cost = outcome === false ? undefined : price(leaf.condition)
  return cost && { ...cost, conditions: [leaf] }
}

const addQuotes = (a: Quote, b: Quote): Quote => ({
  money: a.money + b.money,
  effort: a.effort + b.effort,
  conditions: [...a.conditions, ...b.conditions],
})
