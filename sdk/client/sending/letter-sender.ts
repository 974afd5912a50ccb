import { type Envelope, type PaymentPlace, placeToMessage } from '../../codec/index.ts'
import { equalBytes, paymentIdOf } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { makeMessage } from '../../xmtp/index.ts'
import { ThreadLane } from '../lanes/thread-lane.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { PostageOptions } from '../postage/offer.ts'
import { tellBoth } from '../session/events.ts'
import type { Peer } from '../session/peer.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Shared } from '../session/shared.ts'
import type { Content, FirstLetter, LetterSent } from './first-letter.ts'
import { toReplyLane } from './letter-lanes.ts'
import { mirrorThread } from './mirror.ts'
import { freeQuote, quoteFirst, type Sender, type Sent } from './sender.ts'
import { Unanswered } from './unanswered.ts'

/** A letter received or sent, or one to be sent. */
type Options = { readonly thread: Thread; readonly first?: FirstLetter; readonly peer?: Peer }

type State = {
  thread: Thread
  first: FirstLetter | undefined
  lane: ThreadLane | undefined
  readonly unanswered: Unanswered<Made>
}

/** Sends in a sealed conversation: the first letter with evidence, everything after it free of charge. */
export function createLetterSender(shared: Shared, { thread, first, peer }: Options): Sender {
  const state: State = { thread, first, lane: undefined, unanswered: new Unanswered() }
  return {
    thread: () => state.thread,
    isNew: () => state.first !== undefined,
    async quote(options) {
      return state.first && peer ? quoteFirst(shared.context, { peer, path: 'sealed' }, options) : freeQuote('sealed')
    },
    async send(content, options) {
      if (!state.first) return sendUnderLane(shared, state, { content, options })
      const sent = await state.first.send(content, options)
      if (!sent.ok) return sent
      begin(shared, state, sent)
      if (sent.isThis && sent.isInside) return outcomeOf(state, sent)
      return sendUnderLane(shared, state, { content, options, price: sent.price, payment: sent.payment })
    },
  }
}

const outcomeOf = (
  { thread: { topic } }: State,
  { id, price, payment, isRecorded }: Pick<LetterSent, 'id' | 'price' | 'payment' | 'isRecorded'>,
): Sent => ({
  ok: true,
  id,
  topic,
  path: 'sealed',
  price,
  ...(payment && { payment: paidFor(payment) }),
  isRecorded,
})

function paidFor({ terms }: PaymentPlace): NonNullable<Sent['payment']> {
  const { base, bond, tip } = terms
  return { id: paymentIdOf(terms), base, bond, tip }
}

/** From here on the conversation is like any other. */
function begin({ inbox }: Shared, state: State, { message, isInside }: LetterSent): void {
  const lane = state.first?.lane()
  state.thread = { ...state.thread, ...(isInside && { first: message }), ...(lane && { lane }) }
  state.first = undefined
  inbox.add(state.thread)
}

type Sending = Pick<Partial<LetterSent>, 'price' | 'payment'> & {
  readonly content: Content
  readonly options: PostageOptions
}

async function sendUnderLane(
  shared: Shared,
  state: State,
  { content, options, price = 0n, payment }: Sending,
): Promise<Sent | Refusal> {
  const { context } = shared
  const { thread } = state
  await context.recorder.catchUp()
  const lane = state.lane ?? new ThreadLane(context, { topic: thread.topic, lane: thread.lane })
  state.lane = lane
  tellBoth(context, options, { kind: 'publishing', what: 'message' })
  const { made, result } = await state.unanswered.publish(
    content,
    () => makeEnvelope(shared, thread, content),
    ({ envelope }) => lane.publish(envelope, options.signal),
  )
  if (!result.ok) return result
  tellBoth(context, options, { kind: 'published', what: 'message' })
  const isRecorded = await accept(shared, state)
  return outcomeOf(state, { ...made, price, payment, isRecorded })
}

type Made = { readonly id: string; readonly envelope: Envelope }

function makeEnvelope({ context }: Shared, { conversation, topic }: Thread, content: Content): Made {
  if (conversation.version !== 'v2') throw new Error('A letter begins a conversation of XMTP V2.')
  const { keyring, clock, random } = context
  const createdNs = clock.nextNs()
  const { id, message } = makeMessage(keyring, conversation, { ...content, createdNs, randomBytes: random })
  return { id, envelope: { contentTopic: topic, timestampNs: createdNs, message } }
}

/** A letter that is answered is accepted: from now on the account has it, wherever the node's copy goes. */
async function accept(shared: Shared, { thread, lane }: State): Promise<boolean> {
  const { log } = shared.context
  const { letter, first = new Uint8Array() } = thread
  if (!letter || letter.isOwn) return true
  if (log.all('accepted').some(({ invitation }) => equalBytes(invitation, letter.invitation))) return true
  const { invitation, payment, tag = new Uint8Array() } = letter
  try {
    const lanes = thread.lane && { lane: toReplyLane(thread.lane) }
    const paid = payment && { payment: placeToMessage(payment.place), paymentUse: payment.use }
    const value = { invitation, tag, message: first, ...lanes, ...paid }
    await log.append({ case: 'accepted', value })
    if (shared.mirror && lane) await mirrorThread(shared, thread, lane)
    return true
  } catch (error) {
    if (!(error instanceof BaseError)) throw error
    shared.context.tell({ kind: 'degraded', code: error.code })
    return false
  }
}
