import { classIdOf } from '../../crypto/index.ts'
import {
  factClassOf,
  formatAmount,
  formatCondition,
  isFact,
  type Leaf,
  leavesOf,
  quoteRule,
  type Rule,
  readTime,
  type TokenOptions,
} from '../../policy/index.ts'
import type { MissingCondition } from '../../transport/index.ts'
import { describeMissing } from '../session/describe-missing.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import { costOf, countStamps, type Means } from './means.ts'
import { outdated } from './outdated.ts'
import { askedBy, max, type PaymentRate, paymentLeaves } from './payment-means.ts'

/** Says what is missing: what would have been enough with more tickets, more stamps, or leave to pay. */
export function refuseQuote(rule: Rule, means: Means): Refusal {
  const missing = describeMissing(rule, means)
  return (
    refuseStake(rule, means, missing) ??
    refuseStamps(rule, means, missing) ??
    refusePayment(rule, means, missing) ??
    refuseFact(rule, means, missing) ??
    refuseTime(rule, means, missing) ??
    refuseEffort(rule, means, missing) ??
    refuse('policy.refused', 'You have nothing that the recipient asks for.', missing)
  )
}

const beyondQuote = new Set(['price.too-high', 'bond.too-high', 'effort.too-high', 'policy.refused'])

/** What cannot be had any more as it was quoted. */
export function refuseAtQuote(
  refusal: Refusal,
  quote: { readonly payment: PaymentRate | undefined } | undefined,
): Refusal {
  const isOver = beyondQuote.has(refusal.code) || (refusal.code === 'payment.not-allowed' && !quote?.payment)
  return quote && isOver ? outdated() : refusal
}

/** The cheapest way if the sender had more than it has. */
const wayWith = (rule: Rule, means: Means, more: Partial<Means>) =>
  quoteRule(rule, (condition) =>
    costOf(condition, { ...means, left: { ...unbounded, seconds: means.left.seconds }, ...more }),
  )

const unbounded = { price: undefined, bond: undefined, seconds: Number.POSITIVE_INFINITY } as const

const within = (price: bigint, { left }: Means): boolean => left.price === undefined || price <= left.price

function refuseStake(rule: Rule, means: Means, missing: readonly MissingCondition[]): Refusal | undefined {
  const usedUp = means.stakes.filter(({ left }) => left === 0)
  const fresh = means.stakes.map((tickets) => ({ ...tickets, left: 1 }))
  const way = usedUp.length > 0 ? wayWith(rule, means, { stakes: fresh }) : undefined
  if (!way || !within(way.money, means)) return undefined
  const retryAt = Math.min(...usedUp.map(({ nextEpochAt }) => nextEpochAt))
  const message = `All tickets of your stake are used up until ${new Date(retryAt * 1000).toISOString()}.`
  return { ...refuse('stake.used-up', message, missing), retryAt }
}

function refuseStamps(rule: Rule, means: Means, missing: readonly MissingCondition[]): Refusal | undefined {
  const way = wayWith(rule, means, { stamps: undefined })
  if (!way || countStamps(way.conditions) === 0 || paymentLeaves(way.conditions).length > 0) return undefined
  if (!within(way.money, means)) return refusePrice(way.money, means, missing)
  return refuse(
    'stamps.missing',
    `Delivery takes ${countStamps(way.conditions)} of your stamps. Buy some first.`,
    missing,
  )
}

const refusePrice = (money: bigint, means: Means, missing: readonly MissingCondition[]): Refusal => {
  const { left } = means
  return refuse(
    'price.too-high',
    `Delivery costs ${tokens(money, means)}; at most ${tokens(left.price ?? 0n, means)} may be spent.`,
    missing,
  )
}

/** Where a payment would do: the sender has not allowed one, or not one of that size. */
function refusePayment(rule: Rule, means: Means, missing: readonly MissingCondition[]): Refusal | undefined {
  const { payment } = means
  const none = { base: 0n, bond: 0n, tip: 0n }
  const free = { least: 0n, begun: undefined, ...payment, allowed: payment?.allowed ?? none, maxBond: undefined }
  const way = wayWith(rule, means, { payment: free })
  const asked = way && askedBy(way.conditions.map(({ condition }) => condition))
  if (!way || !asked || paymentLeaves(way.conditions).length === 0) return undefined
  if (!payment?.allowed) {
    return refuse(
      'payment.not-allowed',
      `Delivery takes a payment in your name: ${describe(way.conditions, means)}.`,
      missing,
    )
  }
  if (!within(way.money, means)) return refusePrice(way.money, means, missing)
  const bond = max(asked.bond, payment.allowed.bond)
  const message = `The payment leaves a bond of ${tokens(bond, means)}; at most ${tokens(payment.maxBond ?? 0n, means)} may be left.`
  return refuse('bond.too-high', message, missing)
}

/** Where a fact would do that nobody has attested, or not enough have: whether it is so, the client does not know. */
function refuseFact(rule: Rule, means: Means, missing: readonly MissingCondition[]): Refusal | undefined {
  const wanted = leavesOf(rule).flatMap(({ condition }) => (isFact(condition) ? [condition] : []))
  const facts = wanted.map((fact) => ({
    classId: classIdOf(factClassOf(fact)),
    issuers: fact.issuers,
    proven: formatCondition(fact),
  }))
  const way = facts.length > 0 ? wayWith(rule, means, { facts }) : undefined
  if (!way || !within(way.money, means)) return undefined
  const [first] = way.conditions.flatMap(({ condition }) => (isFact(condition) ? [condition] : []))
  if (!first) return undefined
  const text = formatCondition(first, means)
  const message = `Delivery takes a fact that is attested: ${text}. If it is so, call \`client.facts.obtain\` with it.`
  return refuse('fact.missing', message, missing)
}

/** Where nothing is lacking but that a window opens. */
function refuseTime(rule: Rule, means: Means, missing: readonly MissingCondition[]): Refusal | undefined {
  const free = { money: 0n, effort: 0 }
  const way = quoteRule(rule, (condition) => (condition.kind === 'after' ? free : costOf(condition, means)))
  const times = way?.conditions.flatMap(({ condition }) => (condition.kind === 'after' ? [condition.time] : [])) ?? []
  const last = times.sort().at(-1)
  if (!way || last === undefined || !within(way.money, means)) return undefined
  const message = `Delivery is possible from ${last} on.`
  return { ...refuse('policy.not-yet', message, missing), retryAt: readTime(last) ?? means.now }
}

function refuseEffort(rule: Rule, means: Means, missing: readonly MissingCondition[]): Refusal | undefined {
  const way = wayWith(rule, means, { left: unbounded })
  if (!way || way.effort === 0) return undefined
  const seconds = Math.ceil(way.effort / means.hashRate)
  const left = Number(means.left.seconds.toPrecision(2))
  const message = `Delivery takes about ${seconds} seconds of work; at most ${left} are allowed. Raise \`maxEffort\`.`
  return refuse('effort.too-high', message, missing)
}

const describe = (conditions: readonly Leaf[], token: TokenOptions): string =>
  paymentLeaves(conditions)
    .map(({ condition }) => formatCondition(condition, token))
    .join(' and ')

const tokens = (amount: bigint, token: TokenOptions): string => `${formatAmount(amount, token)} tokens`
