import { explainCondition, type Leaf, quoteRule, type Rule } from '../../policy/index.ts'
import { paymentClass } from '../../verifier/index.ts'
import type { Refusal } from '../session/refusal.ts'
import { costOf, countStamps, type Means } from './means.ts'
import { costOfUnit, type PaymentUnit, paymentLeaves, unitFor } from './payment-means.ts'
import { refuseQuote } from './refuse-quote.ts'

export type { Means } from './means.ts'

/** How a message travels: `sealed`, the node does not learn who writes; `visible`, it does, as with stock clients. */
export type Path = 'sealed' | 'visible'

/** What a topic asks, and in which version of the recipient's policy. */
export type Asked = { readonly rule: Rule; readonly version: bigint }

/** Units and seconds. */
export type LaneWorth = { readonly units: number; readonly ttl: number }

/** The cheapest way to meet a rule. */
export type RuleQuote = {
  readonly ok: true
  readonly conditions: readonly Leaf[]
  /** In the token's smallest unit: stamps, and base and tip of a payment that is not made yet. */
  readonly price: bigint
  /** The part of the price that stamps are. */
  readonly stampMoney: bigint
  /** The payment that it takes; its bond is in no price, since it usually comes back. */
  readonly payment: PaymentUnit | undefined
  /** Expected hashes. */
  readonly effort: number
  /** Stamps that it takes. */
  readonly stamps: number
  /** What stakes and a payment among it are worth: units, and seconds that a lane of theirs may live. */
  readonly worth: LaneWorth
  readonly explanation: string
}

/** Finds the cheapest way for a sender with these means; a refusal names what would help. Pure. */
export function quoteMeans(rule: Rule, means: Means): RuleQuote | Refusal {
  const quote = quoteRule(rule, (condition) => costOf(condition, means))
  const whole = quote && completeQuote(quote.conditions, means)
  if (!quote || !whole || isTooDear(whole.price, means)) return refuseQuote(rule, means)
  const { conditions, effort } = quote
  const stamps = countStamps(conditions)
  const worth = worthOf(conditions, whole.payment, means)
  return { ok: true, conditions, ...whole, effort, stamps, worth, explanation: explain(conditions) }
}

function worthOf(conditions: readonly Leaf[], payment: PaymentUnit | undefined, { stakes }: Means): LaneWorth {
  const used = conditions.flatMap(({ condition }) =>
    condition.kind === 'stake' ? stakes.filter((tickets) => tickets.class === condition.class) : [],
  )
  const paid = payment ? [{ units: paymentClass.unitsPerTicket, laneTtl: paymentClass.laneTtl }] : []
  const all = [...used, ...paid]
  return {
    units: all.reduce((sum, { units }) => sum + units, 0),
    ttl: Math.min(Number.POSITIVE_INFINITY, ...all.map(({ laneTtl }) => laneTtl)),
  }
}

/** What a way costs as a whole; one payment may meet several of its conditions. */
function completeQuote(conditions: readonly Leaf[], means: Means) {
  const stampMoney = (means.stampPrice ?? 0n) * BigInt(countStamps(conditions))
  const paid = paymentLeaves(conditions).map(({ condition }) => condition)
  if (paid.length === 0) return { price: stampMoney, stampMoney, payment: undefined }
  const payment = means.payment && unitFor(paid, means.payment)
  if (!means.payment || !payment) return undefined
  return { price: stampMoney + costOfUnit(payment, means.payment), stampMoney, payment }
}

const isTooDear = (price: bigint, { maxPrice }: Means): boolean => maxPrice !== undefined && price > maxPrice

/** The cheapest way to meet a rule, with stamps and new payments counted only if nothing else will do. */
export async function quoteRuleFor(
  rule: Rule,
  means: (withStamps: boolean) => Promise<Means>,
): Promise<RuleQuote | Refusal> {
  const free = await means(false)
  const payment = free.payment && { ...free.payment, allowed: undefined }
  const quote = quoteMeans(rule, { ...free, payment, without: new Set([...free.without, 'stamp' as const]) })
  return quote.ok ? quote : quoteMeans(rule, await means(true))
}

function explain(conditions: readonly Leaf[]): string {
  if (conditions.length === 0) return 'nothing is asked'
  return conditions.map(({ condition }) => explainCondition(condition)).join(', and ')
}
