import type { ConversationContext, Envelope, PaymentPlace } from '../../codec/index.ts'
import { equalBytes, toHex } from '../../crypto/index.ts'
import { letterSizeOf, sealLetter } from '../../letters/index.ts'
import { UNIT_BYTES } from '../../verifier/index.ts'
import { type ConversationV2, makeMessage, randomConversation, sealInvitation } from '../../xmtp/index.ts'
import { LaneWriter, type OwnLane, publishSigned, type SignedEnvelope, useOfLane } from '../lanes/lane.ts'
import { Budget } from '../postage/budget.ts'
import { type Buyer, type Offer, offerTo } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { SendQuote } from '../postage/quote.ts'
import { refuseAtQuote } from '../postage/refuse-quote.ts'
import { tellBoth } from '../session/events.ts'
import { rememberPeer } from '../session/known-peers.ts'
import type { Peer } from '../session/peer.ts'
import { type Refusal, refusalOf, refuse } from '../session/refusal.ts'
import type { Content } from './content.ts'
import { copyLater } from './copy-later.ts'
import {
  type ConversationLanes,
  type LetterPlan,
  letterOf,
  openConversation,
  openSealed,
  planConversation,
  planSealed,
  toReplyLane,
} from './letter-lanes.ts'
import type { Mailroom } from './mailroom.ts'
import type { PreparedConversation } from './prepared.ts'
import { type LetterPrice, priceLetter, toSendQuote } from './price-letter.ts'

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
}

/** The sealed first contact with one account; keeps its lanes through every failure, so that evidence is made once. */
export type FirstLetter = {
  readonly conversation: ConversationV2
  /** The own lane in the conversation, once the letter is out. */
  readonly lane: () => OwnLane | undefined
  quote(options: PostageOptions): Promise<SendQuote | Refusal>
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

type Contact = { readonly lane: OwnLane; readonly writer: LaneWriter; isOpen: boolean; tag?: Uint8Array | undefined }

type Letter = {
  readonly mailroom: Mailroom
  readonly buyer: Buyer
  /** What the account has published, as of the last look. */
  peer: Peer
  readonly conversation: ConversationV2
  readonly invitation: Uint8Array
  /** The lane to the recipient, and whether it is open. */
  contact: Contact | undefined
  lanes: ConversationLanes | undefined
  /** What is on its way: repeated unchanged. */
  sealed: Sealed | undefined
  /** What was called back when it may have left already, or what the node said that it has refused. */
  doubtful: Sealed | undefined
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

/** To whom, about what, and the conversation that was opened ahead for it. */
export type LetterStart = {
  readonly peer: Peer
  readonly context?: ConversationContext | undefined
  readonly prepared?: PreparedConversation | undefined
}

/** Prepares a first letter: a topic and key that were opened ahead, else random ones, and the invitation to them. */
export function createFirstLetter(mailroom: Mailroom, { peer, context, prepared: ready }: LetterStart): FirstLetter {
  const { session, purse } = mailroom
  const { keyring, random, clock } = session
  const keys = { ...(ready?.keys ?? randomConversation(random)), context }
  const createdNs = clock.nextNs() // inside the letter, where only its reader sees it
  const invitation = sealInvitation(keyring, peer.bundle, { invitation: keys, createdNs, randomBytes: random })
  const conversation = { version: 'v2' as const, ...keys, peer: peer.address, createdNs }
  const letter: Letter = {
    mailroom,
    buyer: { session, purse, budget: new Budget() },
    peer,
    conversation,
    invitation,
    contact: undefined,
    lanes: ready && { own: ready.own, reply: ready.reply, isOpen: true },
    sealed: undefined,
    doubtful: undefined,
  }
  return {
    conversation,
    lane: () => letter.lanes?.own,
    quote: (options) => quote(letter, options),
    send: (content, options) => send(letter, content, options),
  }
}

async function quote(letter: Letter, options: PostageOptions): Promise<SendQuote | Refusal> {
  const asking = { ...letter.buyer, budget: letter.buyer.budget.copy() }
  asking.budget.begin(options)
  const offer = offerTo(asking, letter.peer, options)
  const shape = { ...planned(letter), offer, path: 'sealed', look: 'again', stamps: 'any' } as const
  const priced = await priceLetter(asking, shape, options)
  adopt(letter, offer)
  return priced.ok ? toSendQuote(asking, { ...shape, priced }, options) : priced
}

/** What is planned already: what was paid for it counts once. */
const planned = (letter: Letter) => ({
  lane: isEnding(letter) ? undefined : letter.contact?.lane,
  conversation: letter.lanes?.isOpen ? ('open' as const) : letter.lanes?.own,
})

/** What was read on the way counts from now on, unless newer was read meanwhile; a key once known is not given up. */
function adopt(letter: Letter, offer: Offer): void {
  const policy = offer.policy()
  if (policy.version < letter.peer.policy.version) return
  const sealedKey = policy.sealedKey ?? letter.peer.policy.sealedKey
  letter.peer = { ...letter.peer, policy: { ...policy, sealedKey } }
}

async function send(letter: Letter, content: Content, options: PostageOptions): Promise<LetterSent | Refusal> {
  const { session } = letter.mailroom
  letter.buyer.budget.begin(options)
  const sealed = letter.sealed ?? doubtfulOf(letter, content) ?? (await prepare(letter, content, options))
  if ('code' in sealed) return forget(letter, sealed)
  tellBoth(session, options, { kind: 'publishing', what: 'letter' })
  const published = await publish(letter, sealed, options.signal)
  if (!published.ok && published.code === 'lane.used-up' && letter.doubtful && letter.doubtful !== sealed) {
    return unknown(letter)
  }
  if (!published.ok) {
    Object.assign(letter, { sealed: undefined, doubtful: letter.doubtful ?? sealed }) // it is not to go out with what comes next
    return forget(letter, refusalOf(published))
  }
  tellBoth(session, options, { kind: 'published', what: 'letter' })
  return delivered(letter, sealed, content)
}

/** What was called back or refused, and is sent after all, goes out unchanged: where it had arrived, the node has its receipt. */
const doubtfulOf = ({ doubtful }: Letter, content: Content): Sealed | undefined =>
  doubtful && equalBytes(doubtful.content.payload, content.payload) ? doubtful : undefined

/** An earlier letter may have taken the lane's only place. The node's word is no receipt, so nothing counts as delivered. */
function unknown(letter: Letter): Refusal {
  letter.sealed = undefined
  return refuse(
    'delivery.unknown',
    'An earlier letter that was called back or refused may have arrived: the node says that its lane is used up. Send that one again to be sure.',
  )
}

/** What is called back before it left is never delivered; what may have left is not sent again. */
async function publish(letter: Letter, sealed: Sealed, signal: AbortSignal | undefined) {
  signal?.throwIfAborted()
  letter.sealed = sealed
  try {
    return await publishSigned(letter.mailroom.edges, sealed.signed, signal)
  } catch (error) {
    if (signal?.aborted) Object.assign(letter, { sealed: undefined, doubtful: sealed })
    throw error
  }
}

async function delivered(letter: Letter, sealed: Sealed, content: Content): Promise<LetterSent> {
  Object.assign(letter, { sealed: undefined, doubtful: undefined })
  await record(letter, sealed)
  const { id, message, isInside, payment } = sealed
  const isThis = equalBytes(sealed.content.payload, content.payload)
  return { ok: true, id, message, isInside, isThis, price: letter.buyer.budget.spent().price, payment }
}

/** What a refusal makes useless is not tried again: the next call plans anew, and says what that costs. */
function forget(letter: Letter, refusal: Refusal): Refusal {
  const { mailroom, buyer, peer } = letter
  if (endsLane.has(refusal.code)) Object.assign(letter, { contact: undefined, sealed: undefined, doubtful: undefined })
  if (refusal.code.startsWith('connection.')) {
    const { connection } = offerTo(buyer, peer, {})
    if (connection) mailroom.purse.refusedConnections.add(toHex(connection.statement.serial))
  }
  return refusal
}

/** Price, consent, budget, evidence, lanes, letter: each step once. */
async function prepare(letter: Letter, content: Content, options: PostageOptions): Promise<Sealed | Refusal> {
  const { mailroom, buyer, peer, conversation, invitation } = letter
  const { keyring, clock, random } = mailroom.session
  const made = makeMessage(keyring, conversation, { ...content, createdNs: clock.nextNs(), randomBytes: random })
  const offer = offerTo(buyer, peer, options)
  const plan: LetterPlan = { buyer, edges: mailroom.edges, peer, offer, options, invitation }
  const isReady = letter.contact?.isOpen && !isEnding(letter) && letter.lanes?.isOpen
  const refusal = isReady ? undefined : await openLanes(letter, plan, made.message).finally(() => adopt(letter, offer))
  return refusal ?? sealFor(letter, { content, ...made })
}

async function openLanes(letter: Letter, plan: LetterPlan, message: Uint8Array): Promise<Refusal | undefined> {
  const { buyer, edges, offer, options } = plan
  const known = isEnding(letter) ? undefined : letter.contact
  const shape = { ...planned(letter), offer, path: 'sealed', look: 'known', stamps: 'held' } as const
  const priced = await priceLetter(buyer, shape, options)
  if (!priced.ok) return refuseAtQuote(priced, options.quote)
  const lanes = await lanesIn(letter, priced, options)
  const lane = known?.lane ?? (await planSealed(plan, { quote: priced.contact, reply: lanes.reply, message }))
  const contact: Contact = known ?? { lane, writer: new LaneWriter(edges, lane), isOpen: false }
  letter.contact = contact
  buyer.budget.agree(priced)
  if (!contact.isOpen) {
    const opened = await openSealed(plan, { priced, sealed: lane })
    if (!opened.ok) return opened
    Object.assign(contact, { isOpen: true, tag: opened.tag })
  }
  if (lanes.isOpen) return undefined
  const opened = await openConversation(plan, priced, lanes)
  if (!opened.ok) return opened
  letter.lanes = { ...lanes, isOpen: true }
  return undefined
}

/** The lanes in the conversation: opened ahead, or planned once. */
async function lanesIn(
  letter: Letter,
  { conversation: quote }: LetterPrice,
  options: PostageOptions,
): Promise<ConversationLanes> {
  const { topic } = letter.conversation
  const lanes = letter.lanes ?? (await planConversation(letter.buyer, letter.mailroom.edges, { topic, quote, options }))
  letter.lanes = lanes
  return lanes
}

const isEnding = ({ contact, mailroom: { session } }: Letter): boolean =>
  contact !== undefined && contact.lane.expiresAt <= BigInt(session.clock.seconds() + 30)

type Made = { readonly content: Content; readonly id: string; readonly message: Uint8Array }

/** A message that is too long for the lane stays outside; the conversation carries it. */
function sealFor({ mailroom, peer, invitation, contact, lanes }: Letter, made: Made): Sealed {
  if (!contact || !lanes) throw new Error('The lanes of a letter are planned before it is sealed.')
  const { session, purse } = mailroom
  const { lane, writer, tag } = contact
  const place = purse.paidLetters.placeFor(peer.address, lane)
  const payment = place && { place, use: useOfLane(session.network.id, lane) }
  const { key, keyId } = peer.policy.sealedKey ?? { key: new Uint8Array(), keyId: new Uint8Array() }
  const { reply } = lanes
  const whole = letterOf({ invitation }, { reply, tag, message: made.message, payment })
  const isInside = (letterSizeOf(whole) ?? Number.POSITIVE_INFINITY) <= lane.units * UNIT_BYTES
  const sent = isInside ? whole : letterOf({ invitation }, { reply, tag, message: new Uint8Array(), payment })
  const envelope: Envelope = {
    contentTopic: lane.topic,
    timestampNs: session.clock.minuteNs(),
    message: sealLetter(sent, { topic: lane.topic, key, keyId }, session.random),
  }
  return { ...made, isInside, payment: place, signed: writer.sign(envelope) }
}

/** Keeps the sender's own copy, and what the recipient had published. The letter is out by now: this is no failure of it. */
async function record({ mailroom, invitation, peer, lanes }: Letter, sealed: Sealed): Promise<void> {
  await rememberPeer(mailroom.session, peer)
  const message = sealed.isInside ? sealed.message : new Uint8Array()
  const paidRoot = sealed.payment?.terms.root ?? new Uint8Array()
  const copy = { invitation, message, recipient: peer.address, paidRoot }
  copyLater(mailroom.session, { case: 'sent', value: { ...copy, ...(lanes && { lane: toReplyLane(lanes.own) }) } })
}
