import type { Client } from '@pennypost/sdk'
import {
  type Condition,
  type Cost,
  explainRule,
  formatRule,
  isFact,
  leavesOf,
  quoteRule,
  type Rule,
} from '@pennypost/sdk/policy'
import { sayAmount } from '../words/say-quote.ts'

type Token = Pick<Client, 'decimals'>

/** One way that a rule leaves to a stranger, and what it takes. */
export type PricedWay = { readonly condition: string; readonly explanation: string; readonly price: string }

/** @param stampPrice What one stamp costs, where that is known. */
export function priceRule(rule: Rule, stampPrice: bigint | undefined, token: Token): PricedWay[] {
  const ways = rule.kind === 'any' ? rule.of : [rule]
  return ways.map((way) => ({
    condition: formatRule(way, token),
    explanation: explainRule(way, token),
    price: sayPrice(way, stampPrice, token),
  }))
}

function sayPrice(way: Rule, stampPrice: bigint | undefined, token: Token): string {
  const quote = quoteRule(way, (condition) => costOf(condition, stampPrice))
  if (!quote) return leavesOf(way).some(({ condition }) => condition.kind === 'stamp') ? 'stamps' : 'nobody can'
  const kinds = quote.conditions.map(({ condition }) => condition)
  const bond = kinds.reduce((sum, one) => sum + (one.kind === 'bond' ? one.amount : 0n), 0n)
  const parts = [
    ...(quote.money > 0n ? [sayAmount(quote.money, token)] : []),
    ...(bond > 0n ? [`${sayAmount(bond, token)} as a bond`] : []),
    ...(quote.effort > 0 ? ['computing time'] : []),
  ]
  const price = parts.length > 0 ? parts.join(', ') : 'nothing'
  return kinds.some(isOfSome) ? `${price}, from those of whom it is so` : price
}

/** Not everybody can meet it, whatever they pay. */
const isOfSome = (condition: Condition): boolean =>
  isFact(condition) || condition.kind === 'connection' || condition.kind === 'stake'

function costOf(condition: Condition, stampPrice: bigint | undefined): Cost | undefined {
  switch (condition.kind) {
    case 'stamp':
      return stampPrice === undefined ? undefined : { money: stampPrice * BigInt(condition.count), effort: 0 }
    case 'postage':
    case 'tip':
      return { money: condition.amount, effort: 0 }
    case 'request':
    case 'work':
      return { money: 0n, effort: 1 } // how much it is, its own sentence says
    default:
      return { money: 0n, effort: 0 }
  }
}
