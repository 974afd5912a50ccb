import { type Envelope, ownedTopic } from '../../codec/index.ts'
import { type ConversationV2, legacyTopics, makeLegacyMessage, makeMessage, sealInvitation } from '../../xmtp/index.ts'
import type { Thread } from '../mailbox/thread.ts'
import type { PostageOptions } from '../postage/offer.ts'
import { createWalletLanes, type WalletLanes } from '../postage/wallet-lanes.ts'
import { tellBoth } from '../session/events.ts'
import { type Peer, readContact } from '../session/peer.ts'
import { publishOpenly } from '../session/publish-openly.ts'
import { type Refusal, refuse } from '../session/refusal.ts'
import type { Shared } from '../session/shared.ts'
import type { Content } from './first-letter.ts'
import { freeQuote, quoteFirst, type Sender, type Sent } from './sender.ts'
import { Unanswered } from './unanswered.ts'

/** A conversation as stock clients have it; with a peer where it has not begun. */
type Options = { readonly thread: Thread; readonly peer?: Peer }

type State = {
  readonly thread: Thread
  /** Absent once the peer was invited. */
  peer: Peer | undefined
  readonly lanes: WalletLanes
  readonly unanswered: Unanswered<Made>
  price: bigint
}

type Sending = { readonly content: Content; readonly options: PostageOptions }

/** Sends as stock clients do: with a token, so that the node sees who writes to whom. */
export function createOpenSender(shared: Shared, { thread, peer }: Options): Sender {
  const state: State = {
    thread,
    peer,
    lanes: createWalletLanes(shared.context),
    unanswered: new Unanswered(),
    price: 0n,
  }
  return {
    thread: () => thread,
    isNew: () => state.peer !== undefined,
    async quote(options) {
      return state.peer
        ? quoteFirst(shared.context, { peer: state.peer, path: 'visible' }, options)
        : freeQuote('visible')
    },
    async send(content, options) {
      const { conversation } = thread
      if (conversation.version === 'v1') return sendLegacy(shared, state, { content, options })
      const refusal = await invite(shared, state, { conversation, options })
      return refusal ?? sendMessage(shared, state, { conversation, content, options })
    },
  }
}

const sentIn = ({ thread: { topic }, price }: State, id: string): Sent => ({
  ok: true,
  id,
  topic,
  path: 'visible',
  price,
  isRecorded: true,
})

/** Publishes the invitation to both, once. */
async function invite(
  shared: Shared,
  state: State,
  { conversation, options }: { conversation: ConversationV2; options: PostageOptions },
): Promise<Refusal | undefined> {
  const { peer } = state
  if (!peer) return undefined
  const { context, inbox, consents } = shared
  const refusal = await meetPolicy(shared, state, { peer, options })
  if (refusal) return refusal
  const { topic, keyMaterial, createdNs, context: about } = conversation
  const message = sealInvitation(context.keyring, peer.bundle, {
    invitation: { topic, keyMaterial, ...(about && { context: about }) },
    createdNs,
    randomBytes: context.random,
  })
  const me = context.keyring.identity.address
  const topics = [ownedTopic('invite', peer.address), ownedTopic('invite', me)]
  tellBoth(context, options, { kind: 'publishing', what: 'invitation' })
  const envelopes = topics.map((contentTopic) => ({ contentTopic, timestampNs: createdNs, message }))
  const published = await publishOpenly(context, envelopes, options.signal)
  if (!published.ok) return published
  tellBoth(context, options, { kind: 'published', what: 'invitation' })
  state.peer = undefined
  inbox.add(state.thread)
  await consents.allowIfUnknown(peer.address, options.signal)
  return undefined
}

/** Opens a lane for the own wallet where the recipient's policy asks for something. */
async function meetPolicy(
  { context }: Shared,
  { lanes, thread, ...state }: State,
  { peer, options }: { peer: Peer; options: PostageOptions },
): Promise<Refusal | undefined> {
  const wallet = context.keyring.identity.address
  const kind = thread.kind === 'direct' ? 'intro' : 'invite'
  const opened = await lanes.open({ wallet, peer, kind, isNeeded: false }, options)
  if (!opened.ok) return opened
  state.price += opened.price
  return undefined
}

async function sendMessage(
  { context }: Shared,
  state: State,
  { conversation, content, options }: Sending & { conversation: ConversationV2 },
): Promise<Sent | Refusal> {
  const { keyring, clock, random } = context
  return publish(context, state, {
    content,
    options,
    make() {
      const createdNs = clock.nextNs()
      const { id, message } = makeMessage(keyring, conversation, { ...content, createdNs, randomBytes: random })
      return { id, envelopes: [{ contentTopic: conversation.topic, timestampNs: createdNs, message }] }
    },
  })
}

async function sendLegacy(shared: Shared, state: State, { content, options }: Sending): Promise<Sent | Refusal> {
  const { context, inbox } = shared
  const { peer } = state.thread
  const bundle = state.peer?.bundle ?? (await readContact(context, peer, options.signal))
  if (!bundle) return refuse('recipient.unknown', `${peer} has published no keys.`)
  if (state.peer) {
    const refusal = await meetPolicy(shared, state, { peer: state.peer, options })
    if (refusal) return refusal
  }
  const { keyring, clock, random } = context
  const topics = legacyTopics(keyring.identity.address, peer, state.peer !== undefined)
  const sent = await publish(context, state, {
    content,
    options,
    make() {
      const createdNs = clock.nextNs()
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
  context: Shared['context'],
  state: State,
  { content, options, make }: Sending & { make: () => Made },
): Promise<Sent | Refusal> {
  tellBoth(context, options, { kind: 'publishing', what: 'message' })
  const { made, result } = await state.unanswered.publish(content, make, ({ envelopes }) =>
    publishOpenly(context, envelopes, options.signal),
  )
  if (!result.ok) return result
  tellBoth(context, options, { kind: 'published', what: 'message' })
  return sentIn(state, made.id)
}
