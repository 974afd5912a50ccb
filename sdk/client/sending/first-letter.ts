import type { ConversationContext, Envelope, PaymentPlace } from '../../codec/index.ts'
import { equalBytes, toHex } from '../../crypto/index.ts'
import { letterSizeOf, sealLetter } from '../../letters/index.ts'
import { UNIT_BYTES } from '../../verifier/index.ts'
import { type ConversationV2, makeMessage, randomConversation, sealInvitation } from '../../xmtp/index.ts'
import { LaneWriter, type OwnLane, publishSigned, type SignedEnvelope, useOfLane } from '../lanes/lane.ts'
import { firstContactWith, type PostageOptions } from '../postage/offer.ts'
import type { ClientContext } from '../session/context.ts'
import { tellBoth } from '../session/events.ts'
import type { Peer } from '../session/peer.ts'
import { type Refusal, refusalOf } from '../session/refusal.ts'
import { type LetterLanes, letterOf, openLanes, planLanes, toReplyLane } from './letter-lanes.ts'

/** Encoded content that goes with a letter. */
export type Content = { readonly payload: Uint8Array; readonly shouldPush: boolean }

/** A letter that was delivered. */
export type LetterSent = {
  readonly ok: true
  readonly id: string
  /** Encoded Message. */
  readonly message: Uint8Array
  /** Whether the letter carries it; where it is too long for that, it goes on the conversation's topic. */
  readonly isInside: boolean
  /** Whether this was the content given now, and not that of an earlier attempt whose answer was lost. */
  readonly isThis: boolean
  readonly price: bigint
  /** What was paid for it in the sender's name. */
  readonly payment: PaymentPlace | undefined
  /** Whether the own log has it, so that other clients of the account show it too. */
  readonly isRecorded: boolean
}

/** The sealed first contact with one account; keeps its lanes through every failure, so that evidence is made once. */
export type FirstLetter = {
  readonly conversation: ConversationV2
  /** The own lane in the conversation, once the letter is out. */
  readonly lane: () => OwnLane | undefined
  send(content: Content, options: PostageOptions): Promise<LetterSent | Refusal>
}

type Sealed = {
  readonly payment: PaymentPlace | undefined
  readonly content: Content
  readonly signed: SignedEnvelope
  readonly id: string
  readonly message: Uint8Array
  readonly isInside: boolean
}

type Letter = {
  readonly context: ClientContext
  readonly peer: Peer
  readonly conversation: ConversationV2
  readonly invitation: Uint8Array
  lanes: LetterLanes | undefined
  /** The lane to the recipient is of no use any more; those in the conversation stay. */
  isOver: boolean
  sealed: Sealed | undefined
  price: bigint
}

/** Codes after which the lane to the recipient is of no use; another one takes other message ids. */
const endsLane = new Set([
  'ticket.used',
  'lane.expired',
  'lane.too-long',
  'lane.too-many-units',
  'lane.used-up',
  'connection.revoked',
  'connection.expired',
  'connection.invalid',
  'connection.not-for-this',
  'payment.out-of-date',
  'payment.not-for-this',
])

/** Prepares a first letter: a random topic and key, and the invitation to them. */
export function createFirstLetter(
  context: ClientContext,
  { peer, context: about }: { peer: Peer; context?: ConversationContext | undefined },
): FirstLetter {
  const { keyring, random, clock } = context
  const keys = { ...randomConversation(random), ...(about && { context: about }) }
  const createdNs = clock.nextNs()
  const invitation = sealInvitation(keyring, peer.bundle, { invitation: keys, createdNs, randomBytes: random })
  const conversation = { version: 'v2' as const, ...keys, peer: peer.address, createdNs }
  const start = { lanes: undefined, isOver: false, sealed: undefined, price: 0n }
  const letter: Letter = { context, peer, conversation, invitation, ...start }
  return {
    conversation,
    lane: () => letter.lanes?.own,
    async send(content, options) {
      const outcome = await send(letter, content, options)
      if (!outcome.ok && endsLane.has(outcome.code)) Object.assign(letter, { isOver: true, sealed: undefined })
      if (!outcome.ok && outcome.code.startsWith('connection.')) forgetConnection(letter)
      return outcome
    },
  }
}

/** The next quote does without the connection, and says what that costs. */
function forgetConnection({ context, peer }: Letter): void {
  const { connection } = firstContactWith(context, peer, {})
  if (connection) context.refusedConnections.add(toHex(connection.statement.serial))
}

async function send(letter: Letter, content: Content, options: PostageOptions): Promise<LetterSent | Refusal> {
  const { context } = letter
  const sealed = letter.sealed ?? (await prepare(letter, content, options))
  if ('code' in sealed) return sealed
  letter.sealed = sealed
  tellBoth(context, options, { kind: 'publishing', what: 'letter' })
  const published = await publishSigned(context, sealed.signed, options.signal)
  if (!published.ok) return refusalOf(published)
  tellBoth(context, options, { kind: 'published', what: 'letter' })
  const isRecorded = await record(letter, sealed)
  if (isRecorded) tellBoth(context, options, { kind: 'recorded', what: 'letter' })
  const isThis = equalBytes(sealed.content.payload, content.payload)
  const { id, message, isInside, payment } = sealed
  return { ok: true, id, message, isInside, isThis, price: letter.price, payment, isRecorded }
}

/** Opens what is not open yet, and seals the letter. */
async function prepare(letter: Letter, content: Content, options: PostageOptions): Promise<Sealed | Refusal> {
  const { context, peer, conversation, invitation } = letter
  const { keyring, clock, random } = context
  const made = makeMessage(keyring, conversation, { ...content, createdNs: clock.nextNs(), randomBytes: random })
  const contact = firstContactWith(context, peer, options)
  const plan = { context, peer, contact, options, topic: conversation.topic, invitation }
  const usable = letter.isOver || isEnding(letter) ? undefined : letter.lanes
  const planned = usable ?? (await planLanes(plan, made.message, letter.lanes))
  if ('code' in planned) return planned
  Object.assign(letter, { lanes: planned, isOver: false })
  const refusal = await openLanes(plan, planned, (lanes, price) => {
    Object.assign(letter, { lanes, price: letter.price + price })
  })
  return refusal ?? sealFor(letter, planned, { content, ...made })
}

const isEnding = ({ lanes, context: { clock } }: Letter): boolean =>
  lanes !== undefined && lanes.sealed.expiresAt <= BigInt(clock.seconds() + 30)

type Made = { readonly content: Content; readonly id: string; readonly message: Uint8Array }

/** A message that is too long for the lane stays outside; the conversation carries it. */
function sealFor(letter: Letter, { sealed, reply }: LetterLanes, made: Made): Sealed {
  const { context, peer } = letter
  const place = context.paidLetters.placeFor(peer.address, sealed)
  const payment = place && { place, use: useOfLane(context.network.id, sealed) }
  const { key, keyId } = peer.policy.sealedKey ?? { key: new Uint8Array(), keyId: new Uint8Array() }
  const whole = letterOf(letter, { reply, message: made.message, payment })
  const isInside = (letterSizeOf(whole) ?? Number.POSITIVE_INFINITY) <= sealed.units * UNIT_BYTES
  const sent = isInside ? whole : letterOf(letter, { reply, message: new Uint8Array(), payment })
  const envelope: Envelope = {
    contentTopic: sealed.topic,
    timestampNs: context.clock.nextNs(),
    message: sealLetter(sent, { topic: sealed.topic, key, keyId }, context.random),
  }
  const writer = new LaneWriter(context, sealed)
  return { ...made, isInside, payment: place, signed: writer.sign(envelope) }
}

/** Keeps the sender's own copy. The letter is out by now, so a failure here is no failure of sending. */
function record({ context, invitation, peer, lanes }: Letter, { message, isInside }: Sealed): Promise<boolean> {
  const copy = { invitation, message: isInside ? message : new Uint8Array(), recipient: peer.address }
  return context.recorder.record({ case: 'sent', value: { ...copy, ...(lanes && { lane: toReplyLane(lanes.own) }) } })
}
