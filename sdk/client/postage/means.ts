import { classIdOf } from '../../crypto/index.ts'
import {
  type Condition,
  type FactCondition,
  factClassOf,
  formatRule,
  isFact,
  isProven,
  type Leaf,
} from '../../policy/index.ts'
import type { HeldFact } from '../tickets/fact-notes.ts'
import type { StakeTickets } from '../tickets/stake-notes.ts'
import type { Bounds, Money } from './budget.ts'
import { type PaymentMeans, paymentCost } from './payment-means.ts'

/** What a sender has and is ready to give. */
export type Means = {
  /** Unix seconds, by which windows of time are judged. */
  readonly now: number
  readonly hasConnection: boolean
  /** Stamps held; absent where nobody has looked. */
  readonly stamps: number | undefined
  /** Price of one stamp in the token's smallest unit; undefined where the network sells none. */
  readonly stampPrice: bigint | undefined
  /** Tickets of stakes, by class; those of classes that the account has no stake of are not there. */
  readonly stakes: readonly StakeTickets[]
  /** What can be shown of facts, by class: without a name, and with it. */
  readonly facts: readonly HeldFact[]
  readonly claims: readonly HeldFact[]
  /** What a payment may be; undefined where none can be made or used. */
  readonly payment: PaymentMeans | undefined
  /** Of the network's token. */
  readonly decimals: number
  readonly requestBits: number
  /** Hashes that this device does in a second. */
  readonly hashRate: number
  /** The most that may still be spent, and what was spent before on the message; neither counts what would be used again. */
  readonly left: Bounds
  readonly spent: Money
  /** Kinds of condition that are out of the question. */
  readonly without: ReadonlySet<Condition['kind']>
}

/** How many stamps some conditions take. */
export const countStamps = (conditions: readonly Leaf[]): number =>
  conditions.reduce((sum, { condition }) => sum + (condition.kind === 'stamp' ? condition.count : 0), 0)

export function costOf(condition: Condition, means: Means): { money: bigint; effort: number } | undefined {
  if (means.without.has(condition.kind)) return undefined
  if (isFact(condition)) return hasFact(condition, means) ? { money: 0n, effort: 0 } : undefined
  switch (condition.kind) {
    case 'connection':
      return means.hasConnection ? { money: 0n, effort: 0 } : undefined
    case 'request':
      return workCost(means.requestBits, means)
    case 'work':
      return workCost(condition.bits, means)
    case 'stamp':
      return stampCost(condition.count, means)
    case 'stake':
      return hasTicket(condition.class, means) ? { money: 0n, effort: 0 } : undefined
    case 'postage':
    case 'bond':
    case 'tip':
      return moneyOf(paymentCost(condition, means.payment))
    default:
      return undefined
  }
}

const hasTicket = (number: number, { stakes }: Means): boolean =>
  stakes.some((tickets) => tickets.class === number && tickets.left > 0)

const hasFact = (fact: FactCondition, { facts }: Means): boolean =>
  isProven(fact)
    ? facts.some(({ proven }) => proven === formatRule(fact))
    : facts.some(({ classId, issuers }) => classId === classIdOf(factClassOf(fact)) && issuers >= fact.issuers)

const moneyOf = (money: bigint | undefined) => (money === undefined ? undefined : { money, effort: 0 })

/** Work that takes longer than is allowed is no way; a node that asks for it would keep a sender busy for nothing. */
function workCost(bits: number, { hashRate, left }: Means) {
  const effort = 2 ** bits
  return effort / hashRate > left.seconds ? undefined : { money: 0n, effort }
}

function stampCost(count: number, { stamps, stampPrice, left }: Means) {
  if (stampPrice === undefined || (stamps !== undefined && stamps < count)) return undefined
  const money = stampPrice * BigInt(count)
  return left.price !== undefined && money > left.price ? undefined : { money, effort: 0 }
}
