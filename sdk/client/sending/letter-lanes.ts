import { type LetterInit, ownedTopic, placeToMessage, type ReplyLaneInit } from '../../codec/index.ts'
import { createTagScope } from '../../evidence/index.ts'
import { letterSizeOf } from '../../letters/index.ts'
import { UNIT_BYTES } from '../../verifier/index.ts'
import { conversationLane, expiryOf, makeLane, type OwnLane, openLane, randomExpiry } from '../lanes/lane.ts'
import { earnLane, unitsWorth } from '../postage/earn-lane.ts'
import type { LetterPayment } from '../postage/letter-payment.ts'
import { type FirstContact, meansOf, type PostageOptions } from '../postage/offer.ts'
import { covers } from '../postage/payment-means.ts'
import { quoteRuleFor, type RuleQuote } from '../postage/quote.ts'
import type { ClientContext, StampTerms } from '../session/context.ts'
import { tellBoth } from '../session/events.ts'
import type { Peer } from '../session/peer.ts'
import { type Refusal, refusalOf } from '../session/refusal.ts'

type LaneName = 'sealed' | 'own' | 'reply'

/** The lanes of a letter: to the recipient, the sender's own in the conversation, and the one to answer with. */
export type LetterLanes = Readonly<Record<LaneName, OwnLane>> & { readonly opened: ReadonlySet<LaneName> }

/** What the lanes of a letter depend on. */
export type LetterPlan = {
  readonly context: ClientContext
  readonly peer: Peer
  readonly contact: FirstContact
  readonly options: PostageOptions
  /** The conversation's topic. */
  readonly topic: string
  readonly invitation: Uint8Array
}

const firstContactTtl = 86_400
/** Room for the longest letter: what was paid for cannot be planned again. */
const paidUnits = 16

/**
 * Fixes the terms of the three lanes, before any evidence is made for them. A new lane to the recipient keeps those in the
 * conversation.
 */
export async function planLanes(
  plan: LetterPlan,
  message: Uint8Array,
  before: LetterLanes | undefined,
): Promise<LetterLanes | Refusal> {
  const { context, contact } = plan
  const quote = await quoteRuleFor((await contact.asked(false)).rule, contact.means)
  if (!quote.ok) return quote
  const terms = await context.stampTerms()
  const kept = before ?? planConversation(plan, shortExpiry(context, terms?.laneTtl))
  const sealed = await planSealed(plan, quote, { terms, kept, message })
  const opened = new Set([...(before?.opened ?? [])].filter((name) => name !== 'sealed'))
  return { ...kept, sealed, opened }
}

type Planning = {
  readonly terms: StampTerms | undefined
  readonly kept: Pick<LetterLanes, 'own' | 'reply'>
  readonly message: Uint8Array
}

/** The lane to the recipient: that of a payment which was begun before, else a new one. */
async function planSealed(plan: LetterPlan, quote: RuleQuote, { terms, kept, message }: Planning): Promise<OwnLane> {
  const { context, peer, contact } = plan
  const worth = unitsWorth(quote, terms?.unitsPerTicket ?? 1)
  const begun = await begunLane(plan, quote, worth)
  if (begun) return begun
  const size = letterSizeOf(letterOf(plan, { reply: kept.reply, message })) ?? UNIT_BYTES
  const units = quote.payment ? paidUnits : Math.ceil(size / UNIT_BYTES)
  const { connection } = contact
  return makeLane(connection?.key ?? context.random(32), {
    topic: ownedTopic('sealed', peer.address),
    units: units <= worth ? units : 1,
    // The holder of a connection is always the same; the time makes each of its lanes another one.
    expiresAt: connection
      ? randomExpiry(context.clock.seconds(), context.random)
      : shortExpiry(context, Math.min(terms?.laneTtl ?? firstContactTtl, quote.worth.ttl)),
  })
}

/**
 * The lane of a payment that was begun before and is enough: the letter goes on with it. Where nothing is asked any more, the
 * recipient gets what is paid all the same.
 */
async function begunLane(
  { context, contact }: LetterPlan,
  { payment }: RuleQuote,
  worth: number,
): Promise<OwnLane | undefined> {
  const begun = await contact.begun()
  if (!begun) return undefined
  const isGift = !payment && begun.isPaid && !contact.connection && begun.lane.units <= worth
  if (!isGift && !(payment && covers(begun.place.terms, payment))) return undefined
  context.paidLetters.take(begun)
  return begun.lane
}

const shortExpiry = ({ clock }: ClientContext, laneTtl = firstContactTtl): bigint =>
  expiryOf(clock.seconds(), Math.min(firstContactTtl, laneTtl))

function planConversation({ context, topic }: LetterPlan, expiresAt: bigint): Pick<LetterLanes, 'own' | 'reply'> {
  const { network, random, clock } = context
  const { units, ttl } = conversationLane
  const long = { topic, units, expiresAt: expiryOf(clock.seconds(), ttl) }
  const isOpen = network.floor.kind === 'everyone'
  return {
    own: makeLane(random(32), isOpen ? long : { topic, units: 1, expiresAt }),
    reply: makeLane(random(32), long),
  }
}

/** Opens what is not open yet, in order; `keep` is told of each lane as soon as it is open. */
export async function openLanes(
  plan: LetterPlan,
  lanes: LetterLanes,
  keep: (lanes: LetterLanes, price: bigint) => void,
): Promise<Refusal | undefined> {
  const opened = new Set(lanes.opened)
  let spent = 0n
  for (const name of ['sealed', 'own', 'reply'] as const) {
    if (opened.has(name)) continue
    const answer = await openers[name](plan, lanes, spent)
    if (!answer.ok) return answer
    spent += answer.price
    opened.add(name)
    keep({ ...lanes, opened: new Set(opened) }, answer.price)
  }
  return undefined
}

type Opener = (plan: LetterPlan, lanes: LetterLanes, spent: bigint) => Promise<{ ok: true; price: bigint } | Refusal>

const openers: Readonly<Record<LaneName, Opener>> = {
  async sealed({ context, contact, peer, options }, { sealed: lane }) {
    const { recipient, connection, asked } = contact
    const means = (withStamps: boolean) => contact.means(withStamps, lane)
    const target = { toward: { recipient }, connection, payable: { lane, recipient: peer.address } }
    const earned = await earnLane(context, { lane, purpose: 'first-contact', target, means, asked }, options)
    return earned.ok ? { ok: true, price: earned.price } : earned
  },

  /** The conversation's topic is nobody's, so evidence there carries a tag that says nothing. */
  async own({ context, options }, { own: lane }, spent) {
    const { network, random } = context
    const asked = async () => ({ rule: network.floor, version: 0n })
    const maxPrice = options.maxPrice === undefined ? undefined : options.maxPrice - spent
    const means = (withStamps: boolean) => meansOf(context, { ...options, maxPrice, hasConnection: false, withStamps })
    const target = { toward: { tagScope: createTagScope(random) } }
    const earned = await earnLane(context, { lane, purpose: 'conversation', target, means, asked }, options)
    return earned.ok ? { ok: true, price: earned.price } : earned
  },

  async reply({ context, options }, { own, reply }) {
    tellBoth(context, options, { kind: 'lane', step: 'opening', purpose: 'reply' })
    const answer = await openLane(context, reply, { renews: own }, options.signal)
    if (!answer.ok) return refusalOf(answer)
    tellBoth(context, options, { kind: 'lane', step: 'opened', purpose: 'reply' })
    return { ok: true, price: 0n }
  },
}

/** The plaintext of a letter. */
export const letterOf = (
  { invitation }: Pick<LetterPlan, 'invitation'>,
  { reply, message, payment }: { reply: OwnLane; message: Uint8Array; payment?: LetterPayment | undefined },
): LetterInit => ({
  invitation,
  message,
  replyLane: toReplyLane(reply),
  ...(payment && { payment: placeToMessage(payment.place), paymentUse: payment.use }),
})

/** A lane as a letter or the log carries it. */
export const toReplyLane = ({ topic, key, units, expiresAt }: OwnLane): ReplyLaneInit => ({
  topic,
  key,
  units,
  expiresAt,
})
