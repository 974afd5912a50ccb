import type { Envelope } from '../../codec/index.ts'
import { type PaymentPlace, placeToMessage } from '../../codec/index.ts'
import { equalBytes, paymentIdOf } from '../../crypto/index.ts'
import { makeMessage } from '../../xmtp/index.ts'
import { ThreadLane } from '../lanes/thread-lane.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { PostageOptions } from '../postage/options.ts'
import { freeQuote } from '../postage/quote.ts'
import { copyLater } from '../session/copy-later.ts'
import { tellBoth } from '../session/events.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Content } from './content.ts'
import { toReplyLane } from './conversation-lanes.ts'
import type { FirstLetter, LetterSent } from './first-letter.ts'
import type { Mailroom } from './mailroom.ts'
import { mirrorThread } from './mirror.ts'
import type { Sender, Sent } from './sender.ts'
import { Unanswered } from './unanswered.ts'
import { type Behind, waitBehind } from './wait-behind.ts'

/** A letter received or sent, or one to be sent. */
type Options = { readonly thread: Thread; readonly first?: FirstLetter }

type State = {
  thread: Thread
  first: FirstLetter | undefined
  lane: ThreadLane | undefined
  own: Behind['own']
  readonly unanswered: Unanswered<Made>
}

/** Sends in a sealed conversation: the first letter with evidence, everything after it free of charge. */
export function createLetterSender(mailroom: Mailroom, { thread, first }: Options): Sender {
  const state: State = { thread, first, lane: undefined, own: 'none', unanswered: new Unanswered() }
  return {
    thread: () => state.thread,
    isNew: () => state.first !== undefined,
    takesNotice: () => state.first?.isToUnattended ?? false,
    quote: async (options) => state.first?.quote(options) ?? freeQuote('sealed'),
    async send(content, options) {
      if (!state.first) return sendUnderLane(mailroom, state, { content, options })
      const sent = await state.first.send(content, options)
      if (!sent.ok) return sent
      begin(mailroom, state, sent)
      if (sent.isThis && sent.isInside) return outcomeOf(state, sent)
      state.own = 'just-left'
      return sendUnderLane(mailroom, state, { content, options, price: sent.price, payment: sent.payment })
    },
  }
}

const outcomeOf = (
  { thread: { topic } }: State,
  { id, price, payment }: Pick<LetterSent, 'id' | 'price' | 'payment'>,
): Sent => ({
  ok: true,
  id,
  topic,
  path: 'sealed',
  price,
  payment: payment && paidFor(payment),
})

function paidFor({ terms }: PaymentPlace): NonNullable<Sent['payment']> {
  const { base, bond, tip } = terms
  return { id: paymentIdOf(terms), base, bond, tip }
}

/** From here on the conversation is like any other. */
function begin({ inbox }: Mailroom, state: State, { message, isInside }: LetterSent): void {
  const lane = state.first?.lane()
  state.thread = { ...state.thread, first: isInside ? message : undefined, lane }
  state.first = undefined
  inbox.add(state.thread)
}

type Sending = Pick<Partial<LetterSent>, 'price' | 'payment'> & {
  readonly content: Content
  readonly options: PostageOptions
}

async function sendUnderLane(
  mailroom: Mailroom,
  state: State,
  { content, options, price = 0n, payment }: Sending,
): Promise<Sent | Refusal> {
  const { session, edges } = mailroom
  const { thread } = state
  const context = { ...session, ...edges, network: session.network }
  const lane = state.lane ?? new ThreadLane(context, { topic: thread.topic, lane: thread.lane })
  state.lane = lane
  await waitBehind(session, state, options)
  tellBoth(session, options, { kind: 'publishing', what: 'message' })
  const { made, result } = await state.unanswered.publish(content, {
    make: () => makeEnvelope(mailroom, thread, content),
    publish: ({ envelope }) => lane.publish(envelope, options.signal),
    signal: options.signal,
  })
  if (!result.ok) return result
  state.own = 'none'
  tellBoth(session, options, { kind: 'published', what: 'message' })
  await accept(mailroom, state)
  return outcomeOf(state, { ...made, price, payment })
}

type Made = { readonly id: string; readonly envelope: Envelope }

function makeEnvelope({ session, mirror }: Mailroom, { conversation, topic }: Thread, content: Content): Made {
  if (conversation.version !== 'v2') throw new Error('A letter begins a conversation of XMTP V2.')
  const { keyring, clock, random } = session
  // A mirrored conversation is in the open, and stock clients order it by exact times.
  const times = mirror === 'on' ? { createdNs: clock.nextNs(topic) } : clock.minuteOf(topic)
  const made = { ...content, ...times, isPadded: true, randomBytes: random }
  const { id, message } = makeMessage(keyring, conversation, made)
  return { id, envelope: { contentTopic: topic, timestampNs: times.createdNs, message } }
}

/** A letter that is answered is accepted: from now on the account has it, wherever the node's copy goes. */
async function accept(mailroom: Mailroom, state: State): Promise<void> {
  const { session, following, inbox } = mailroom
  const { thread } = state
  const { letter, first = new Uint8Array() } = thread
  if (!letter || letter.isOwn || letter.isAnswered) return
  state.thread = { ...thread, letter: { ...letter, isAnswered: true } }
  following.join(state.thread)
  if (session.log.all('accepted').some(({ invitation }) => equalBytes(invitation, letter.invitation))) return
  const { invitation, tag = new Uint8Array() } = letter
  const lanes = thread.lane && { lane: toReplyLane(thread.lane) }
  const payments = inbox.paymentsOf(thread).map(({ place, use }) => ({ place: placeToMessage(place), use }))
  const value = { invitation, tag, message: first, ...lanes, payments }
  copyLater(session, { case: 'accepted', value })
  if (mailroom.mirror === 'on' && state.lane) await mirror(mailroom, state.thread, state.lane)
}

/** The answer is out: what cannot be shown to stock apps now is no failure of it. */
async function mirror(mailroom: Mailroom, thread: Thread, lane: ThreadLane): Promise<void> {
  const { tell } = mailroom.session
  const answer = await mirrorThread(mailroom, thread, lane).catch(() => undefined)
  if (!answer?.ok) tell({ kind: 'degraded', code: answer?.code ?? 'mirror.failed' })
}
