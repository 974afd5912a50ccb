import { ownedTopic } from '../../codec/index.ts'
import type { ConsentState } from '../../consent/index.ts'
import { type Address, checksumAddress } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { StreamedEnvelope } from '../../transport/index.ts'
import { type Channel, createChannel } from '../mailbox/channel.ts'
import { type Thread, threadKey } from '../mailbox/thread.ts'
import type { Beginning } from '../sending/create-sender.ts'
import { readPeer } from '../session/peer.ts'
import type { Shared } from '../session/shared.ts'
import { Conversation } from './conversation.ts'

/** Which conversations: those of accounts that were not denied, unless told otherwise. */
export type ListOptions = { readonly consent?: ConsentState | 'any'; readonly signal?: AbortSignal }

/** What an application says a new conversation is about: with another id, it is another conversation. */
export type NewOptions = {
  readonly context?: { readonly conversationId: string; readonly metadata?: Record<string, string> }
  readonly signal?: AbortSignal
}

const idOf = ({ conversation }: Thread): string =>
  (conversation.version === 'v2' && conversation.context?.conversationId) || ''

/** The conversations of an account. */
export class Conversations {
  readonly #shared: Shared
  readonly #open = new Map<string, Conversation>()
  readonly #begun = new Map<string, Conversation>()

  /** @internal Comes with the client. */
  constructor(shared: Shared) {
    this.#shared = shared
  }

  /** All conversations, oldest first: letters sent and received, and those of stock clients. */
  async list({ consent, signal }: ListOptions = {}): Promise<Conversation[]> {
    const { inbox, consents } = this.#shared
    await Promise.all([inbox.sync(signal), consents.sync(signal)])
    const isWanted = ({ peer }: Thread) => {
      const state = consents.of(peer)
      return consent === 'any' || (consent === undefined ? state !== 'denied' : state === consent)
    }
    return inbox
      .threads()
      .filter(isWanted)
      .map((thread) => this.of(thread))
  }

  /**
   * The conversation with an account: the newest there is, else a new one, which the first message begins. Looks among
   * what was listed before; without any token it asks what the account has published.
   */
  async new(address: string, { context: about, signal }: NewOptions = {}): Promise<Conversation> {
    const { context, inbox } = this.#shared
    const id = about?.conversationId ?? ''
    const peerAddress = checksumAddress(address)
    if (peerAddress === context.keyring.identity.address) throw new RecipientSelfError('Nobody writes to itself.')
    if (!inbox.isRead) await inbox.sync(signal)
    const known = inbox.threads().findLast((thread) => thread.peer === peerAddress && idOf(thread) === id)
    if (known) return this.of(known)
    const edges = { node: context.node, keyring: context.keyring, networkId: context.network.id }
    const peer = await readPeer(edges, peerAddress, signal)
    if (peer) return this.#begin({ peer, context: about && { metadata: {}, ...about } })
    throw new RecipientUnknownError(`${peerAddress} has published no keys.`, {
      hint: 'It must have used a client of the network once.',
    })
  }

  /** New conversations as they come. Resolves once the node listens. */
  async stream({ signal }: { signal?: AbortSignal } = {}): Promise<AsyncIterableIterator<Conversation>> {
    if (!this.#shared.inbox.isRead) await this.#shared.inbox.sync(signal)
    const source = await this.subscribe(signal)
    const channel = createChannel<Conversation>(() => void source.return?.())
    void this.#pump(source, channel)
    return channel
  }

  /** @internal The topics where others begin conversations with this account. */
  subscribe(signal?: AbortSignal) {
    const { node, keyring, token } = this.#shared.context
    const kinds = ['sealed', 'invite', 'intro'] as const
    const contentTopics = kinds.map((kind) => ownedTopic(kind, keyring.identity.address))
    return node.subscribe({ contentTopics, token, ...(signal && { signal }) })
  }

  /** @internal The conversation that an envelope begins; undefined where it begins none. */
  receive(envelope: StreamedEnvelope): Conversation | undefined {
    const { inbox, context } = this.#shared
    const { address } = context.keyring.identity
    const receive = {
      [ownedTopic('sealed', address)]: () => inbox.receiveLetter(envelope),
      [ownedTopic('invite', address)]: () => inbox.receiveInvitation(envelope),
      [ownedTopic('intro', address)]: () => inbox.receiveIntro(envelope),
    }[envelope.contentTopic]
    const thread = receive?.()
    return thread && this.of(thread)
  }

  /** @internal The one object for a conversation. */
  of(thread: Thread): Conversation {
    return this.#open.get(threadKey(thread)) ?? this.#keep(new Conversation(this.#shared, { thread }))
  }

  /** @internal */
  with(address: Address): Conversation | undefined {
    const thread = this.#shared.inbox.threads().findLast(({ peer }) => peer === address)
    return thread && this.of(thread)
  }

  /** One that was begun before and not delivered keeps its lanes, so that no stamp is lost. */
  #begin(beginning: Beginning): Conversation {
    const { peer, context } = beginning
    const key = `${peer.address}${context?.conversationId ?? ''}`
    const begun = this.#begun.get(key)
    if (begun && (begun.path === 'sealed') === (peer.policy.sealedKey !== undefined)) return begun
    const conversation = new Conversation(this.#shared, beginning)
    this.#begun.set(key, conversation)
    return this.#keep(conversation)
  }

  #keep(conversation: Conversation): Conversation {
    this.#open.set(threadKey(conversation.thread), conversation)
    return conversation
  }

  async #pump(source: AsyncIterable<StreamedEnvelope>, channel: Channel<Conversation>): Promise<void> {
    try {
      for await (const envelope of source) {
        const conversation = this.receive(envelope)
        if (conversation) channel.push(conversation)
      }
      channel.end()
    } catch (error) {
      channel.fail(error)
    }
  }
}

/** An account that has published no keys cannot be written to. */
export class RecipientUnknownError extends BaseError {
  override readonly code = 'recipient.unknown'
}

/** The recipient is the sender. */
export class RecipientSelfError extends BaseError {
  override readonly code = 'recipient.self'
}
