import { type LetterInit, placeToMessage } from '../../codec/index.ts'
import { createTagScope } from '../../evidence/index.ts'
import { type OpenedPayment, UNIT_BYTES, unitsOf } from '../../verifier/index.ts'
import {
  conversationLane,
  expiryOf,
  type LaneEdges,
  makeLane,
  makeRenewal,
  type OwnLane,
  openLane,
  randomExpiry,
  useOfLane,
} from '../lanes/lane.ts'
import { lessOf } from '../postage/budget.ts'
import { stampsItem } from '../postage/budget-items.ts'
import { type EarnedLane, earnLane } from '../postage/earn-lane.ts'
import type { Means } from '../postage/means.ts'
import { type Buyer, type CountStamps, meansOf, type Offer } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import { covers } from '../postage/payment-means.ts'
import { type RuleQuote, worthOf } from '../postage/quote.ts'
import { tellBoth } from '../session/events.ts'
import type { Recipient } from '../session/peer.ts'
import { type Refusal, refusalOf, refuse } from '../session/refusal.ts'
import { type ConversationLanes, toReplyLane } from './conversation-lanes.ts'
import type { LetterRoute } from './letter-route.ts'
import { type LetterPrice, partsOf } from './price-letter.ts'

/** What the lanes of a letter depend on. */
export type LetterPlan = {
  readonly buyer: Buyer
  readonly edges: LaneEdges
  readonly peer: Recipient
  readonly offer: Offer
  readonly options: PostageOptions
  readonly route: LetterRoute
}

/** Room for the longest letter: what was paid for cannot be planned again. */
const paidUnits = 16

type PlanningAhead = {
  readonly topic: string
  readonly quote: RuleQuote | undefined
  readonly options: PostageOptions
}

/** Fixes the terms of the lanes in a conversation that was not opened ahead, by what the floor was quoted to take. */
export async function planConversation(
  { session: { network, random, clock }, purse }: Buyer,
  edges: LaneEdges,
  { topic, quote, options }: PlanningAhead,
): Promise<ConversationLanes> {
  const { units, ttl } = conversationLane
  const long = { topic, units, expiresAt: expiryOf(clock.seconds(), ttl) }
  const worth = quote && worthOf(quote, { stampClass: await purse.stampTerms(options), isFirstContact: false })
  const short = { topic, units: 1, expiresAt: expiryOf(clock.seconds(), Math.min(ttl, worth?.ttl ?? ttl)) }
  const own = makeLane(random(32), network.floor.kind === 'everyone' ? long : short)
  return { own, reply: makeRenewal(edges, { renews: own, random, ...long }), isOpen: false }
}

type Planning = {
  readonly quote: RuleQuote
  readonly reply: OwnLane
  readonly channels: readonly ConversationLanes[]
  /** Encoded Message. */
  readonly message: Uint8Array
}

/**
 * Fixes the terms of the lane to the recipient, before any evidence is made for them: those of a payment which was begun
 * before, else new ones.
 */
export async function planSealed(
  plan: LetterPlan,
  { quote, reply, channels, message }: Planning,
): Promise<OwnLane | Refusal> {
  const { buyer, route, offer } = plan
  const { random, clock } = buyer.session
  const terms = await buyer.purse.stampTerms(plan.options)
  const worth = worthOf(quote, { stampClass: terms, isFirstContact: true })
  const begun = await begunLane(plan, quote, worth.units)
  if (begun) return begun
  if (!quote.payment && buyer.purse.paidLetters.lentFor(plan.peer.address, route.topic)?.isNeeded) return refuseUnpaid()
  const unitsFor = (carried: Uint8Array) =>
    unitsOf({
      length: route.sizeOf(letterOf(route, { reply, message: carried, payment: undefined }), channels) ?? UNIT_BYTES,
    })
  const units = quote.payment ? paidUnits : unitsFor(message)
  const { connection } = offer
  return makeLane(connection?.key ?? random(32), {
    topic: route.topic,
    units: units <= worth.units ? units : unitsFor(new Uint8Array()),
    // The holder of a connection is always the same; the time makes each of its lanes another one.
    expiresAt: connection ? randomExpiry(clock.seconds(), random) : expiryOf(clock.seconds(), worth.ttl),
  })
}

const refuseUnpaid = (): Refusal =>
  refuse('campaign.unpaid', 'The letter has not left: its payment is not made, or no checkpoint has it yet.')

/**
 * The lane of a payment that was begun before and is enough: the letter goes on with it. Where nothing is asked any more, the
 * recipient gets what is paid all the same.
 */
async function begunLane(
  { buyer, offer }: LetterPlan,
  { payment }: RuleQuote,
  worth: number,
): Promise<OwnLane | undefined> {
  const begun = await offer.begun()
  if (!begun) return undefined
  const isGift = !payment && begun.isPaid && !offer.connection && begun.lane.units <= worth
  if (!isGift && !(payment && covers(begun.place.terms, payment))) return undefined
  buyer.purse.paidLetters.take(begun)
  return begun.lane
}

type Opening = { readonly priced: LetterPrice; readonly sealed: OwnLane }

/** Opens the lane to the recipient at the price that was agreed to. */
export function openSealed(
  { buyer, edges, offer, peer, options }: LetterPlan,
  { priced, sealed: lane }: Opening,
): Promise<EarnedLane | Refusal> {
  const { recipient, connection, asked } = offer
  const kept = buyer.purse.paidLetters.lentFor(peer.address, lane.topic)?.kept
  const target = { toward: { recipient }, connection, kept, payable: { lane, recipient: peer.address } }
  const { contact: quote, version, again } = priced
  const means = async (count: CountStamps) =>
    reserve(await offer.means(count, { lane, again }), partsOf({ ...priced, before: [] }).slice(1))
  const earning = { lane, purpose: 'first-contact', target, quote, version, means, asked } as const
  return earnLane({ ...buyer, edges }, earning, options)
}

/** What conversation and channels take is not for the lane to the recipient. */
function reserve(means: Means, others: readonly RuleQuote[]): Means {
  const left = others.reduce((rest, part) => lessOf(rest, { ...part, bond: 0n }), means.left)
  return { ...means, left }
}

/** Opens the lanes in the conversation. Its topic is nobody's, so evidence there carries a tag that says nothing. */
export async function openConversation(
  { buyer, edges, options }: LetterPlan,
  quote: RuleQuote | undefined,
  { own, reply }: ConversationLanes,
): Promise<{ readonly ok: true } | Refusal> {
  const { network, random } = buyer.session
  if (quote) {
    const target = { toward: { tagScope: createTagScope(random) } }
    const asked = async () => ({ rule: network.floor, version: 0n })
    const again = [stampsItem(useOfLane(network.id, own))]
    const means = (count: CountStamps) => meansOf(buyer, { ...options, hasConnection: false, count, again })
    const earning = { lane: own, purpose: 'conversation', target, quote, version: 0n, means, asked } as const
    const earned = await earnLane({ ...buyer, edges }, earning, options)
    if (!earned.ok) return earned
  }
  tellBoth(buyer.session, options, { kind: 'lane', step: 'opening', purpose: 'reply' })
  const answer = await openLane(edges, reply, { renews: own }, options.signal)
  if (!answer.ok) return refusalOf(answer, network)
  tellBoth(buyer.session, options, { kind: 'lane', step: 'opened', purpose: 'reply' })
  return { ok: true }
}

/** The plaintext of a letter. */
export const letterOf = (
  { signed }: Pick<LetterRoute, 'signed'>,
  letter: {
    readonly reply: OwnLane
    readonly message: Uint8Array
    readonly payment: OpenedPayment | undefined
    /** The pseudonym that the node was shown: the recipient compares. */
    readonly tag?: Uint8Array | undefined
  },
): LetterInit => ({
  ...signed(letter.message),
  message: letter.message,
  replyLane: toReplyLane(letter.reply),
  ...(letter.tag && { tag: letter.tag }),
  ...(letter.payment && { payment: placeToMessage(letter.payment.place), paymentUse: letter.payment.use }),
})
