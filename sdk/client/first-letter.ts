import { type Envelope, type LetterInit, ownedTopic, type ReplyLaneInit } from '../codec/index.ts'
import { type ConversationV2, makeMessage, randomConversation, sealInvitation } from '../conversations/index.ts'
import { equalBytes } from '../crypto/index.ts'
import { createTagScope } from '../evidence/index.ts'
import { letterSizeOf, sealLetter } from '../letters/index.ts'
import { UNIT_BYTES } from '../verifier/index.ts'
import type { ClientContext } from './context.ts'
import { earnLane, unitsWorth } from './earn-lane.ts'
import { type FirstContact, firstContactWith, meansOf, type PostageOptions } from './first-contact.ts'
import {
  conversationLane,
  expiryOf,
  LaneWriter,
  makeLane,
  type OwnLane,
  openLane,
  publishSigned,
  type SignedEnvelope,
} from './lanes.ts'
import type { Peer } from './peer.ts'
import type { ClientEvent } from './progress.ts'
import { quoteRuleFor } from './quote.ts'
import { type Refusal, refusalOf } from './refusal.ts'

/** Encoded content that goes with a letter. */
export type Content = { readonly payload: Uint8Array; readonly shouldPush: boolean }

/** A letter that was delivered. */
export type LetterSent = {
  readonly ok: true
  readonly id: string
  /** Encoded Message; absent where it was too long for the letter and goes on the conversation's topic. */
  readonly message: Uint8Array
  readonly isInside: boolean
  /** Whether this was the content given now, and not that of an earlier attempt whose answer was lost. */
  readonly isThis: boolean
  readonly price: bigint
  /** Whether the own log has it, so that other clients of the account show it too. */
  readonly isRecorded: boolean
  readonly sequence: bigint
}

/** The sealed first contact with one account; keeps its lanes through every failure, so that evidence is made once. */
export type FirstLetter = {
  readonly conversation: ConversationV2
  /** The own lane in the conversation, once the letter is out. */
  readonly lane: () => OwnLane | undefined
  send(content: Content, options: PostageOptions): Promise<LetterSent | Refusal>
}

type Lanes = { readonly sealed: OwnLane; readonly own: OwnLane; readonly reply: OwnLane; readonly opened: Set<string> }
type Sealed = {
  readonly content: Content
  readonly signed: SignedEnvelope
  readonly id: string
  readonly message: Uint8Array
  readonly isInside: boolean
}
type State = { lanes: Lanes | undefined; sealed: Sealed | undefined; price: bigint }
type Part = { readonly context: ClientContext; readonly peer: Peer; readonly state: State } & Pick<
  FirstLetter,
  'conversation'
> & {
    readonly invitation: Uint8Array
  }

const firstContactTtl = 86_400

/** Codes after which a lane is of no use any more; a new one takes other message ids. */
const endsLanes = new Set(['ticket.used', 'lane.expired', 'lane.too-long', 'lane.too-many-units'])

/** Prepares a first letter: a random topic and key, and the invitation to them. */
export function createFirstLetter(context: ClientContext, peer: Peer): FirstLetter {
  const { keyring, random, clock } = context
  const keys = randomConversation(random)
  const createdNs = clock.nextNs()
  const invitation = sealInvitation(keyring, peer.bundle, { invitation: keys, createdNs, randomBytes: random })
  const conversation = { version: 'v2' as const, ...keys, peer: peer.address, createdNs }
  const state: State = { lanes: undefined, sealed: undefined, price: 0n }
  const part: Part = { context, peer, state, conversation, invitation }
  return {
    conversation,
    lane: () => state.lanes?.own,
    async send(content, options) {
      const outcome = await send(part, content, options)
      if (!outcome.ok && endsLanes.has(outcome.code)) Object.assign(state, { lanes: undefined, sealed: undefined })
      return outcome
    },
  }
}

async function send(part: Part, content: Content, options: PostageOptions): Promise<LetterSent | Refusal> {
  const { context, state } = part
  const now = context.clock.seconds()
  if (state.lanes && state.lanes.sealed.expiresAt <= BigInt(now + 30)) state.lanes = undefined
  if (!state.lanes) state.sealed = undefined
  if (!state.sealed) {
    const refusal = await prepare(part, content, options)
    if (refusal) return refusal
  }
  const { sealed } = state
  if (!sealed) throw new Error('A letter was prepared.')
  tellBoth(context, options, { kind: 'publishing', what: 'letter' })
  const published = await publishSigned(context, sealed.signed, options.signal)
  if (!published.ok) return refusalOf(published)
  tellBoth(context, options, { kind: 'published', what: 'letter' })
  const isRecorded = await record(part, sealed)
  const isThis = equalBytes(sealed.content.payload, content.payload)
  const { id, message, isInside } = sealed
  return { ok: true, id, message, isInside, isThis, price: state.price, isRecorded, sequence: published.sequence }
}

/** Opens what is not open yet, and seals the letter. */
async function prepare(part: Part, content: Content, options: PostageOptions): Promise<Refusal | undefined> {
  const { context, state, peer } = part
  const contact = firstContactWith(context, peer, options)
  const made = makeMessage(context.keyring, part.conversation, {
    ...content,
    createdNs: context.clock.nextNs(),
    randomBytes: context.random,
  })
  const lanes = state.lanes ?? (await planLanes(part, made.message, { contact }))
  if ('code' in lanes) return lanes
  state.lanes = lanes
  const refusal = await openAll(part, lanes, { contact, options })
  if (refusal) return refusal
  state.sealed = sealFor(part, lanes, { content, ...made })
  return undefined
}

type Planning = { readonly contact: FirstContact; readonly options: PostageOptions }

/** Fixes the terms of the three lanes, before any evidence is made for them. */
async function planLanes(
  part: Part,
  message: Uint8Array,
  { contact }: Pick<Planning, 'contact'>,
): Promise<Lanes | Refusal> {
  const { context, peer, conversation } = part
  const { network, random, clock } = context
  const quote = await quoteRuleFor((await contact.asked(false)).rule, contact.means)
  if (!quote.ok) return quote
  const terms = await context.stampTerms()
  const now = clock.seconds()
  const isOpen = network.floor.kind === 'everyone'
  const topic = conversation.topic
  const longExpiry = expiryOf(now, conversationLane.ttl)
  const shortExpiry = expiryOf(now, Math.min(firstContactTtl, terms?.laneTtl ?? firstContactTtl))
  const { units } = conversationLane
  const own = makeLane(random(32), { topic, units: isOpen ? units : 1, expiresAt: isOpen ? longExpiry : shortExpiry })
  const reply = makeLane(random(32), { topic, units, expiresAt: longExpiry })
  const letter = letterOf(part, { reply, message })
  const wanted = Math.ceil((letterSizeOf(letter) ?? UNIT_BYTES) / UNIT_BYTES)
  const worth = unitsWorth(quote, terms?.unitsPerTicket ?? 1)
  const sealed = makeLane(contact.connection?.key ?? random(32), {
    topic: ownedTopic('sealed', peer.address),
    units: wanted <= worth ? wanted : 1,
    expiresAt: shortExpiry,
  })
  return { sealed, own, reply, opened: new Set() }
}

async function openAll(part: Part, lanes: Lanes, planning: Planning): Promise<Refusal | undefined> {
  const { opened } = lanes
  const steps = { sealed: openSealed, own: openOwn, reply: openReply }
  for (const [name, open] of Object.entries(steps)) {
    if (opened.has(name)) continue
    const answer = await open(part, lanes, planning)
    if (!answer.ok) return answer
    opened.add(name)
  }
  return undefined
}

async function openSealed({ context, state }: Part, { sealed }: Lanes, { contact, options }: Planning) {
  const { recipient, connection, means, asked } = contact
  const target = { toward: { recipient }, connection }
  const earned = await earnLane(context, { lane: sealed, purpose: 'first-contact', target, means, asked }, options)
  if (earned.ok) state.price += earned.quote.price
  return earned
}

/** The conversation's topic is nobody's, so evidence there carries a tag that says nothing. */
async function openOwn({ context, state }: Part, { own }: Lanes, { options }: Planning) {
  const { network, random } = context
  const asked = async () => ({ rule: network.floor, version: 0n })
  const left = options.maxPrice === undefined ? undefined : options.maxPrice - state.price
  const means = (withStamps: boolean) =>
    meansOf(context, { ...options, maxPrice: left, hasConnection: false, withStamps })
  const target = { toward: { tagScope: createTagScope(random) } }
  const earned = await earnLane(context, { lane: own, purpose: 'conversation', target, means, asked }, options)
  if (earned.ok) state.price += earned.quote.price
  return earned
}

async function openReply({ context }: Part, { own, reply }: Lanes, { options }: Planning) {
  tellBoth(context, options, { kind: 'lane', step: 'opening', purpose: 'reply' })
  const edges = { node: context.node, networkId: context.network.id }
  const answer = await openLane(edges, reply, { renews: own }, options.signal)
  if (answer.ok) tellBoth(context, options, { kind: 'lane', step: 'opened', purpose: 'reply' })
  return answer.ok ? answer : refusalOf(answer)
}

/** A message that is too long for the lane stays outside; the conversation carries it. */
function sealFor(
  part: Part,
  { sealed, reply }: Lanes,
  made: { content: Content; id: string; message: Uint8Array },
): Sealed {
  const { context, peer } = part
  const { key, keyId } = peer.policy.sealedKey ?? { key: new Uint8Array(), keyId: new Uint8Array() }
  const whole = letterOf(part, { reply, message: made.message })
  const isInside = (letterSizeOf(whole) ?? Number.POSITIVE_INFINITY) <= sealed.units * UNIT_BYTES
  const letter = isInside ? whole : letterOf(part, { reply, message: new Uint8Array() })
  const envelope: Envelope = {
    contentTopic: sealed.topic,
    timestampNs: context.clock.nextNs(),
    message: sealLetter(letter, { topic: sealed.topic, key, keyId }, context.random),
  }
  const writer = new LaneWriter({ node: context.node, networkId: context.network.id }, sealed)
  return { ...made, isInside, signed: writer.sign(envelope) }
}

const letterOf = ({ invitation }: Part, { reply, message }: { reply: OwnLane; message: Uint8Array }): LetterInit => ({
  invitation,
  message,
  replyLane: toReplyLane(reply),
})

/** A lane as a letter or the log carries it. */
export const toReplyLane = ({ topic, key, units, expiresAt }: OwnLane): ReplyLaneInit => ({
  topic,
  key,
  units,
  expiresAt,
})

/** Keeps the sender's own copy. The letter is out by now, so a failure here is no failure of sending. */
async function record({ context, invitation, peer, state }: Part, { message, isInside }: Sealed): Promise<boolean> {
  const lane = state.lanes && toReplyLane(state.lanes.own)
  const copy = isInside ? message : new Uint8Array()
  try {
    await context.log.append({
      case: 'sent',
      value: { invitation, message: copy, recipient: peer.address, ...(lane && { lane }) },
    })
    return true
  } catch {
    context.tell({ kind: 'degraded', code: 'log.unavailable' })
    return false
  }
}

function tellBoth(context: ClientContext, { onProgress }: PostageOptions, event: ClientEvent): void {
  context.tell(event)
  onProgress?.(event)
}
