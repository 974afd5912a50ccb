import { type Envelope, ownedTopic } from '../../codec/index.ts'
import { type ConversationV2, legacyTopics, makeLegacyMessage, makeMessage, sealInvitation } from '../../xmtp/index.ts'
import type { Thread } from '../mailbox/thread.ts'
import { Budget } from '../postage/budget.ts'
import { type Buyer, offerTo } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import { freeQuote } from '../postage/quote.ts'
import { createWalletLanes, type WalletLaneAsk, type WalletLanes } from '../postage/wallet-lanes.ts'
import { tellBoth } from '../session/events.ts'
import { type Peer, readContact } from '../session/peer.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Content } from './content.ts'
import type { Mailroom } from './mailroom.ts'
import { priceLetter, stampsFor, toSendQuote } from './price-letter.ts'
import type { Sender, Sent } from './sender.ts'
import { Unanswered } from './unanswered.ts'

/** A conversation as stock clients have it; with a peer where it has not begun. */
type Options = { readonly thread: Thread; readonly peer?: Peer }

type State = {
  readonly thread: Thread
  /** Absent once the peer was invited. */
  peer: Peer | undefined
  /** Whether nothing was delivered yet: what was spent is the price of the first message. */
  isFirst: boolean
  readonly buyer: Buyer
  readonly lanes: WalletLanes
  readonly unanswered: Unanswered<Made>
}

type Sending = { readonly content: Content; readonly options: PostageOptions }

/** Sends as stock clients do: with a token, so that the node sees who writes to whom. */
export function createVisibleSender(mailroom: Mailroom, { thread, peer }: Options): Sender {
  const { session, purse, edges, consents } = mailroom
  const buyer = { session, purse, budget: new Budget() }
  const state: State = {
    thread,
    peer,
    isFirst: peer !== undefined,
    buyer,
    lanes: createWalletLanes({ ...buyer, edges }),
    unanswered: new Unanswered(),
  }
  return {
    thread: () => thread,
    isNew: () => state.peer !== undefined,
    takesNotice: () => false,
    quote: async (options) => (state.peer ? quoteInvitation(state, state.peer, options) : freeQuote('visible')),
    async send(content, options) {
      buyer.budget.begin(options)
      const { conversation } = thread
      if (conversation.version === 'v1') return sendLegacy(mailroom, state, { content, options })
      const { peer: invited } = state
      const refusal = await invite(mailroom, state, { conversation, options })
      if (refusal) return refusal
      return sendMessage(mailroom, state, { conversation, content, options }).finally(() => {
        if (invited) consents.allowLater(invited.address) // invited by now, whatever became of the message
      })
    },
  }
}

async function quoteInvitation(state: State, peer: Peer, options: PostageOptions) {
  const asking = { ...state.buyer, budget: state.buyer.budget.copy() }
  asking.budget.begin(options)
  const offer = offerTo(asking, peer, options)
  const again = state.lanes.itemsOf(askOf(state, peer))
  const shape = {
    offer,
    path: 'visible',
    look: 'again',
    conversation: 'open',
    again,
    stamps: stampsFor(asking),
  } as const
  const priced = await priceLetter(asking, shape, options)
  const policy = offer.policy()
  // A send may have come first: who is invited by now is not made a stranger again, and an older policy counts no more.
  if (state.peer && policy.version >= state.peer.policy.version) state.peer = { ...state.peer, policy }
  return priced.ok ? toSendQuote(asking, { ...shape, priced }, options) : priced
}

function sentIn(state: State, id: string): Sent {
  const { thread, buyer, isFirst } = state
  state.isFirst = false
  return { ok: true, id, topic: thread.topic, path: 'visible', price: isFirst ? buyer.budget.spent().price : 0n }
}

/** A lane for the own wallet. */
const askOf = ({ buyer, thread }: State, peer: Peer): WalletLaneAsk => ({
  wallet: buyer.session.keyring.identity.address,
  peer,
  kind: thread.kind === 'direct' ? 'intro' : 'invite',
  isNeeded: false,
})

/** Publishes the invitation to both, once. */
async function invite(
  mailroom: Mailroom,
  state: State,
  { conversation, options }: { conversation: ConversationV2; options: PostageOptions },
): Promise<Refusal | undefined> {
  const { peer } = state
  if (!peer) return undefined
  const { session, inbox } = mailroom
  const refusal = await meetPolicy(state, peer, options)
  if (refusal) return refusal
  const { topic, keyMaterial, createdNs, context } = conversation
  const message = sealInvitation(session.keyring, peer.bundle, {
    invitation: { topic, keyMaterial, context },
    createdNs,
    randomBytes: session.random,
  })
  const me = session.keyring.identity.address
  const topics = [ownedTopic('invite', peer.address), ownedTopic('invite', me)]
  tellBoth(session, options, { kind: 'publishing', what: 'invitation' })
  const envelopes = topics.map((contentTopic) => ({ contentTopic, timestampNs: createdNs, message }))
  const published = await publishOpenly(session.named, envelopes, options.signal)
  if (!published.ok) return published
  tellBoth(session, options, { kind: 'published', what: 'invitation' })
  state.peer = undefined
  inbox.add(state.thread)
  return undefined
}

/** Opens a lane for the own wallet where the recipient's policy asks for something. */
async function meetPolicy(state: State, peer: Peer, options: PostageOptions): Promise<Refusal | undefined> {
  const opened = await state.lanes.open(askOf(state, peer), options)
  return opened.ok ? undefined : opened
}

async function sendMessage(
  { session }: Mailroom,
  state: State,
  { conversation, content, options }: Sending & { conversation: ConversationV2 },
): Promise<Sent | Refusal> {
  const { keyring, clock, random } = session
  return publish(session, state, {
    content,
    options,
    make() {
      const createdNs = clock.nextNs(conversation.topic)
      const { id, message } = makeMessage(keyring, conversation, { ...content, createdNs, randomBytes: random })
      return { id, envelopes: [{ contentTopic: conversation.topic, timestampNs: createdNs, message }] }
    },
  })
}

async function sendLegacy(mailroom: Mailroom, state: State, { content, options }: Sending): Promise<Sent | Refusal> {
  const { session, inbox } = mailroom
  const { peer } = state.thread
  const bundle = state.peer?.bundle ?? (await readContact(session, peer, options.signal))
  if (!bundle) return refuse('recipient.unknown', `${peer} has published no keys.`)
  const refusal = state.peer && (await meetPolicy(state, state.peer, options))
  if (refusal) return refusal
  const { keyring, clock, random } = session
  const topics = legacyTopics(keyring.identity.address, peer, state.peer ? 'first' : 'later')
  const sent = await publish(session, state, {
    content,
    options,
    make() {
      const createdNs = clock.nextNs(state.thread.topic)
      const { payload } = content
      const { id, message } = makeLegacyMessage(keyring, bundle, { payload, createdNs, randomBytes: random })
      return { id, envelopes: topics.map((contentTopic) => ({ contentTopic, timestampNs: createdNs, message })) }
    },
  })
  if (sent.ok) {
    state.peer = undefined
    inbox.add(state.thread)
  }
  return sent
}

type Made = { readonly id: string; readonly envelopes: readonly Envelope[] }

async function publish(
  session: Mailroom['session'],
  state: State,
  { content, options, make }: Sending & { make: () => Made },
): Promise<Sent | Refusal> {
  tellBoth(session, options, { kind: 'publishing', what: 'message' })
  const { made, result } = await state.unanswered.publish(content, {
    make,
    publish: ({ envelopes }) => publishOpenly(session.named, envelopes, options.signal),
    signal: options.signal,
  })
  if (!result.ok) return result
  tellBoth(session, options, { kind: 'published', what: 'message' })
  return sentIn(state, made.id)
}
