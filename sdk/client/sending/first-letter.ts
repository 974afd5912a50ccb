import type { ConversationContext, PaymentPlace } from '../../codec/index.ts'
import { equalBytes, toHex } from '../../crypto/index.ts'
import { type ConversationV2, randomConversation } from '../../xmtp/index.ts'
import { type OwnLane, publishSigned } from '../lanes/lane.ts'
import { Budget } from '../postage/budget.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { SendQuote } from '../postage/quote.ts'
import { tellBoth } from '../session/events.ts'
import type { Peer, Recipient } from '../session/peer.ts'
import { type Refusal, refusalOf, refuse } from '../session/refusal.ts'
import type { Content } from './content.ts'
import type { LetterPlan } from './letter-lanes.ts'
import { adopt, isReady, type Letter, type Sealed, startLetter } from './letter-progress.ts'
import type { Mailroom } from './mailroom.ts'
import { openLanes } from './open-lanes.ts'
import { routeToPeer } from './peer-route.ts'
import type { PreparedConversation } from './prepared.ts'
import { stampsFor, toSendQuote } from './price-letter.ts'
import { priceWith } from './price-with.ts'
import { recordLetter, sealFor } from './seal-letter.ts'

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
  readonly isToUnattended: boolean
  /** The own lane in the conversation, once the letter is out. */
  readonly lane: () => OwnLane | undefined
  quote(options: PostageOptions): Promise<SendQuote | Refusal>
  send(content: Content, options: PostageOptions): Promise<LetterSent | Refusal>
}

/** Codes after which the lane to the recipient is of no use; another one takes other message ids. */
const endsLane = new Set([
  'ticket.used',
  'credential.used',
  'lane.expired',
  'lane.too-long',
  'lane.too-many-units',
  'lane.used-up',
  'connection.revoked',
  'connection.expired',
  'connection.invalid',
  'connection.not-for-this',
  'connection.used-up',
  'payment.out-of-date',
  'payment.not-for-this',
])

/** To whom, about what, and the conversation that was opened ahead for it. */
export type LetterStart<To = Peer> = {
  readonly peer: To
  readonly context?: ConversationContext | undefined
  readonly prepared?: PreparedConversation | undefined
}

/** Prepares a first letter: a topic and key that were opened ahead, else random ones, and the invitation to them. */
export function createFirstLetter(mailroom: Mailroom, { peer, ...start }: LetterStart): FirstLetter {
  const conversation = conversationFor(mailroom, { peer, ...start })
  const route = routeToPeer(mailroom, peer, conversation)
  const letter = startLetter(mailroom, { peer, conversation, route, budget: new Budget(), prepared: start.prepared })
  return {
    conversation,
    isToUnattended: false,
    lane: () => letter.at().lanes?.own,
    quote: (options) => quoteLetter(letter, options),
    send(content, options) {
      letter.buyer.budget.begin(options)
      return sendLetter(letter, content, options)
    },
  }
}

/** The conversation that a first letter begins: one that was opened ahead, else a new one. */
export function conversationFor(
  { session: { random, clock } }: Pick<Mailroom, 'session'>,
  { peer, context, prepared }: LetterStart<Recipient>,
): ConversationV2 {
  const keys = { ...(prepared?.keys ?? randomConversation(random)), context }
  const createdNs = clock.nextNs() // inside the letter, where only its reader sees it
  return { version: 'v2', ...keys, peer: peer.address, createdNs }
}

/** What a letter would take, with deposits that go before it. */
export async function quoteLetter(
  letter: Letter,
  options: PostageOptions,
  deposits: readonly Letter[] = [],
): Promise<SendQuote | Refusal> {
  const asking = { ...letter.buyer, budget: letter.buyer.budget.copy() }
  asking.budget.begin(options)
  const pricing = { buyer: asking, look: 'again', stamps: stampsFor(asking), options } as const
  const priced = await priceWith(letter, deposits, pricing)
  if (!priced.ok) return priced
  const { offer } = priced
  return {
    ...(await toSendQuote(asking, { offer, path: 'sealed', priced }, options)),
    unattended: letter.route.unattended,
  }
}

/** Sends a letter within what the call may spend, going on from what an earlier call has done. */
export async function sendLetter(
  letter: Letter,
  content: Content,
  options: PostageOptions,
): Promise<LetterSent | Refusal> {
  const { session } = letter.mailroom
  const sealed = letter.at().sealed ?? doubtfulOf(letter, content) ?? (await prepare(letter, content, options))
  if ('code' in sealed) return forget(letter, sealed)
  await letter.route.beforeLeaving(letter.at().channels, options.signal)
  tellBoth(session, options, { kind: 'publishing', what: 'letter' })
  const published = await publish(letter, sealed, options.signal)
  if (!published.ok) {
    const { doubtful = sealed } = letter.at()
    if (published.code === 'lane.used-up' && doubtful !== sealed) return unknown(letter)
    letter.note({ sealed: undefined, doubtful }) // it is not to go out with what comes next
    return forget(letter, refusalOf(published, session.network))
  }
  tellBoth(session, options, { kind: 'published', what: 'letter' })
  return delivered(letter, sealed, content)
}

/** What was called back or refused, and is sent after all, goes out unchanged: where it had arrived, the node has its receipt. */
function doubtfulOf(letter: Letter, content: Content): Sealed | undefined {
  const { doubtful } = letter.at()
  return doubtful && equalBytes(doubtful.content.payload, content.payload) ? doubtful : undefined
}

/** An earlier letter may have taken the lane's only place. The node's word is no receipt, so nothing counts as delivered. */
function unknown(letter: Letter): Refusal {
  letter.note({ sealed: undefined })
  return refuse(
    'delivery.unknown',
    'An earlier letter that was called back or refused may have arrived: the node says that its lane is used up. Send that one again to be sure.',
  )
}

/** What is called back before it left is never delivered; what may have left is not sent again. */
async function publish(letter: Letter, sealed: Sealed, signal: AbortSignal | undefined) {
  signal?.throwIfAborted()
  letter.note({ sealed })
  try {
    return await publishSigned(letter.mailroom.edges, sealed.signed, signal)
  } catch (error) {
    if (signal?.aborted) letter.note({ sealed: undefined, doubtful: sealed })
    throw error
  }
}

async function delivered(letter: Letter, sealed: Sealed, content: Content): Promise<LetterSent> {
  letter.note({ sealed: undefined, doubtful: undefined })
  await recordLetter(letter, sealed)
  const { id, message, isInside, payment } = sealed
  const isThis = equalBytes(sealed.content.payload, content.payload)
  return { ok: true, id, message, isInside, isThis, price: letter.buyer.budget.spent().price, payment }
}

/** What a refusal makes useless is not tried again: the next call plans anew, and says what that costs. */
function forget(letter: Letter, refusal: Refusal): Refusal {
  const { mailroom, buyer } = letter
  if (endsLane.has(refusal.code)) letter.note({ contact: undefined, sealed: undefined, doubtful: undefined })
  if (refusal.code.startsWith('connection.')) {
    const { connection } = letter.route.offer(buyer, letter.at().peer, {})
    if (connection) mailroom.purse.refusedConnections.add(toHex(connection.statement.serial))
  }
  return refusal
}

/** The message, the lanes, and the letter: what was done by an earlier call is not done again. */
async function prepare(letter: Letter, content: Content, options: PostageOptions): Promise<Sealed | Refusal> {
  const { mailroom, buyer, route } = letter
  const { peer } = letter.at()
  const made = letter.compose(content)
  const offer = route.offer(buyer, peer, options)
  const plan: LetterPlan = { buyer, edges: mailroom.edges, peer, offer, options, route }
  const refusal = isReady(letter)
    ? undefined
    : await openLanes(letter, plan, made.message).finally(() => adopt(letter, offer))
  return refusal ?? sealFor(letter, { content, ...made })
}
