import type { Address } from '../../crypto/index.ts'
import {
  explainCondition,
  isFact,
  type Leaf,
  quoteRule,
  type Rule,
  ruleAt,
  type TokenOptions,
} from '../../policy/index.ts'
import {
  type Allowance,
  factClass,
  isRequestOnly,
  type LaneShown,
  laneWorth,
  paymentClass,
} from '../../verifier/index.ts'
import type { Path } from '../session/events.ts'
import type { Refusal } from '../session/refusal.ts'
import { type Bounds, lessOf, type Money } from './budget.ts'
import { costOf, countStamps, type Means } from './means.ts'
import type { NoticeQuote } from './notice.ts'
import { costOfRate, type PaymentRate, paymentLeaves, rateFor } from './payment-means.ts'
import { refuseQuote } from './refuse-quote.ts'
import type { Reveals } from './reveals.ts'

/** What a topic asks, and in which version of the recipient's policy. */
export type Asked = { readonly rule: Rule; readonly version: bigint }

/** What sending takes. */
export type SendQuote = {
  readonly ok: true
  /** Whether the node would learn who writes to whom. */
  readonly path: Path
  /** Whether it would be the first message. */
  readonly isFirst: boolean
  readonly price: bigint
  /** What would be left as a bond. */
  readonly bond: bigint
  /** What earlier attempts at this message have cost: the price comes on top of it. */
  readonly spent: Money
  /** The payment it takes, or the one that was begun and is continued. */
  readonly payment: PaymentRate | undefined
  /** Expected hashes of work, and the seconds that they take on this device. */
  readonly effort: number
  readonly seconds: number
  /** How many stamps it takes, and how many are held where that decides. */
  readonly stamps: number
  readonly held: { readonly stamps: number | undefined; readonly connection: boolean }
  readonly conditions: readonly string[]
  /** What the facts that are shown tell whom; undefined where none is. */
  readonly reveals: Reveals | undefined
  /** Where the recipient has published no keys: how the letter's key can be kept, and who could read it. */
  readonly unattended?: UnattendedQuote | undefined
  /** Where a notice was asked for: what it costs, on top of the price. */
  readonly notice?: NoticeQuote | undefined
  /** For a person. */
  readonly explanation: string
}

/** How the key of a letter to an account without keys is kept. */
export type UnattendedQuote = {
  /** By the sender's own clients, one trustee, or several. */
  readonly escrow: 'sender' | 'managed' | 'threshold'
  /** So many of the trustees could read the letter before the recipient can, if they conspired. */
  readonly threshold: number
  readonly trustees: readonly Address[]
  /** Unix seconds: until when the recipient can get the key. */
  readonly keptUntil: number
}

/** The cheapest way to meet a rule. */
export type RuleQuote = {
  readonly ok: true
  readonly conditions: readonly Leaf[]
  /** In the token's smallest unit: stamps, and base and tip of a payment that is not made yet. */
  readonly price: bigint
  /** The part of the price that stamps are. */
  readonly stampMoney: bigint
  /** The payment that it takes; its bond is in no price, since it usually comes back. */
  readonly payment: PaymentRate | undefined
  /** Expected hashes, and the seconds that they take. */
  readonly effort: number
  readonly seconds: number
  /** Stamps that it takes. */
  readonly stamps: number
  /** What the node will be shown, but for the class of the stamps: see {@link worthOf}. */
  readonly shown: Pick<LaneShown, 'isRequest' | 'isConnected' | 'classes'>
  /** What may be spent beyond it. */
  readonly left: Bounds
  /** What was spent on the message before, and is not part of the price. */
  readonly spent: Money
  /** Whether facts are shown in the account's own name. */
  readonly byName: boolean
  readonly explanation: string
}

/** Finds the cheapest way for a sender with these means; a refusal names what would help. Pure. */
export function quoteMeans(asked: Rule, means: Means): RuleQuote | Refusal {
  const rule = ruleAt(asked, means)
  const quote = quoteRule(rule, (condition) => costOf(condition, means))
  const whole = quote && completeQuote(quote.conditions, means)
  if (!quote || !whole || isTooDear(whole.price, means)) return refuseQuote(rule, means)
  const { conditions, effort } = quote
  const seconds = effort / means.hashRate
  if (seconds > means.left.seconds) return refuseQuote(rule, means)
  const stamps = countStamps(conditions)
  const shown = shownBy(rule, { conditions, payment: whole.payment }, means)
  const { spent } = means
  const left = lessOf(means.left, { price: whole.price, bond: whole.payment?.bond ?? 0n, seconds })
  return {
    ok: true,
    conditions,
    ...whole,
    effort,
    seconds,
    stamps,
    shown,
    left,
    spent,
    byName: false,
    explanation: explain(conditions, means),
  }
}

function shownBy(
  rule: Rule,
  { conditions, payment }: Pick<RuleQuote, 'conditions' | 'payment'>,
  { stakes }: Means,
): RuleQuote['shown'] {
  const indexesOf = (kind: string) =>
    conditions.filter(({ condition }) => condition.kind === kind).map(({ index }) => index)
  const used = conditions.flatMap(({ condition }) =>
    condition.kind === 'stake' ? stakes.filter((tickets) => tickets.class === condition.class) : [],
  )
  const facts = conditions.flatMap(({ condition }) =>
    isFact(condition) ? Array(condition.issuers).fill(factClass) : [],
  )
  const classes = [...used.map(({ units, laneTtl }) => ({ unitsPerTicket: units, laneTtl })), ...facts]
  const satisfied = conditions.map(({ index }) => index)
  return {
    isRequest: isRequestOnly(rule, satisfied, new Set(indexesOf('request'))),
    isConnected: indexesOf('connection').length > 0,
    classes: payment ? [...classes, paymentClass] : classes,
  }
}

/** What a lane of this quote is worth, by the function that the node decides with. */
export function worthOf({ shown, stamps }: Pick<RuleQuote, 'shown' | 'stamps'>, where: LaneFor): Allowance {
  const { stampClass, isFirstContact } = where
  const ofStamps = stampClass ? Array.from({ length: stamps }, () => stampClass) : []
  return laneWorth({ ...shown, isFirstContact, classes: [...ofStamps, ...shown.classes] })
}

/** The class of the stamps that are shown, by the signed checkpoint, and where the lane leads. */
export type LaneFor = {
  readonly stampClass: LaneShown['classes'][number] | undefined
  readonly isFirstContact: boolean
}

/** What a way costs as a whole; one payment may meet several of its conditions. */
function completeQuote(conditions: readonly Leaf[], means: Means) {
  const stampMoney = (means.stampPrice ?? 0n) * BigInt(countStamps(conditions))
  const paid = paymentLeaves(conditions).map(({ condition }) => condition)
  if (paid.length === 0) return { price: stampMoney, stampMoney, payment: undefined }
  const payment = means.payment && rateFor(paid, means.payment)
  if (!means.payment || !payment) return undefined
  return { price: stampMoney + costOfRate(payment, means.payment), stampMoney, payment }
}

const isTooDear = (price: bigint, { left }: Means): boolean => left.price !== undefined && price > left.price

/** What a message in a conversation that is under way takes: nothing. */
export const freeQuote = (path: Path): SendQuote => ({
  ok: true,
  path,
  isFirst: false,
  price: 0n,
  bond: 0n,
  spent: { price: 0n, bond: 0n },
  payment: undefined,
  effort: 0,
  seconds: 0,
  stamps: 0,
  held: { stamps: undefined, connection: false },
  conditions: [],
  reveals: undefined,
  explanation: 'the conversation is under way: nothing is asked',
})

/**
 * The cheapest way to meet a rule, with stamps and new payments counted only if nothing else will do; and with facts in the account's
 * own name only if nothing without it will: a name is worth more than a stamp.
 */
export async function quoteRuleFor(
  rule: Rule,
  means: (count: 'with-stamps' | 'without-stamps') => Promise<Means>,
): Promise<RuleQuote | Refusal> {
  const free = await means('without-stamps')
  const payment = free.payment && { ...free.payment, allowed: undefined }
  const quote = quoteMeans(rule, { ...free, payment, without: new Set([...free.without, 'stamp' as const]) })
  if (quote.ok) return quote
  const all = await means('with-stamps')
  const anonymous = quoteMeans(rule, all)
  if (anonymous.ok || all.claims.length === 0) return anonymous
  const named = quoteByName(rule, { ...free, payment })
  const last = named.ok ? named : quoteByName(rule, all)
  return last.ok ? last : anonymous
}

/** All facts are shown by name then: nobody could tell that others are of the same account. */
function quoteByName(rule: Rule, means: Means): RuleQuote | Refusal {
  const quote = quoteMeans(rule, { ...means, facts: means.claims })
  const byName = quote.ok && quote.conditions.some(({ condition }) => isFact(condition))
  return quote.ok
    ? { ...quote, byName, explanation: `${quote.explanation}${byName ? ', in your own name' : ''}` }
    : quote
}

function explain(conditions: readonly Leaf[], token: TokenOptions): string {
  if (conditions.length === 0) return 'nothing is asked'
  return conditions.map(({ condition }) => explainCondition(condition, token)).join(', and ')
}
