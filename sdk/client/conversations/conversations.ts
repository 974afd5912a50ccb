import { ownedTopic } from '../../codec/index.ts'
import type { ConsentState } from '../../consent/index.ts'
import { type Address, checksumAddress } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { StreamedEnvelope } from '../../transport/index.ts'
import { type Channel, createChannel } from '../mailbox/channel.ts'
import { type Thread, threadKey } from '../mailbox/thread.ts'
import type { Beginning } from '../sending/create-sender.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import { senderWhenAsked } from '../sending/sender-when-asked.ts'
import { lookUpPeer, rememberedPeer } from '../session/known-peers.ts'
import { noPolicy } from '../session/peer.ts'
import { Conversation } from './conversation.ts'

/** Which conversations: those of accounts that were not denied, and that were not declined, unless told otherwise. */
export type ListOptions = {
  readonly consent?: ConsentState | 'declined' | 'any' | undefined
  readonly signal?: AbortSignal | undefined
}

/** What an application says a new conversation is about: with another id, it is another conversation. */
export type NewOptions = {
  readonly context?: { readonly conversationId: string; readonly metadata?: Record<string, string> } | undefined
  /** Whether the account may be one that has published no keys, or `only` such: as the client's options say, unless given. */
  readonly unattended?: 'on' | 'off' | 'only' | undefined
  readonly signal?: AbortSignal | undefined
}

const idOf = ({ conversation }: Thread): string =>
  (conversation.version === 'v2' && conversation.context?.conversationId) || ''

/** The conversations of an account. */
export class Conversations {
  readonly #mailroom: Mailroom
  readonly #open = new Map<string, Conversation>()
  readonly #begun = new Map<string, Conversation>()

  /** @internal Comes with the client. */
  constructor(mailroom: Mailroom) {
    this.#mailroom = mailroom
  }

  /**
   * All conversations, oldest first: letters sent and received, and those of stock clients.
   *
   * @example
   * ```ts
   * for (const { peerAddress, path } of await client.conversations.list()) console.log(peerAddress, path)
   * ```
   */
  async list({ consent, signal }: ListOptions = {}): Promise<Conversation[]> {
    const { inbox, consents } = this.#mailroom
    await Promise.all([inbox.sync(signal), consents.sync(signal)])
    const isWanted = (thread: Thread) => {
      const state = consents.isDeclined(thread) ? 'declined' : consents.of(thread.peer)
      const isShown = state !== 'denied' && state !== 'declined'
      return consent === 'any' || (consent === undefined ? isShown : state === consent)
    }
    return inbox
      .threads()
      .filter(isWanted)
      .map((thread) => this.of(thread))
  }

  /**
   * The conversation with an account: the newest sealed one there is, else the newest, else a new one, which the first
   * message begins. Looks among what was read before: to read the inbox beside the recipient's keys would tell the node who
   * is about to write to whom. What the account has published is asked for in nobody's name. One that has published nothing gets a
   * letter whose key is kept for it.
   *
   * @example
   * ```ts
   * const conversation = await client.conversations.new(recipient)
   * await conversation.send('gm')
   * ```
   */
  async new(
    address: string,
    { context: about, unattended = this.#mailroom.unattended, signal }: NewOptions = {},
  ): Promise<Conversation> {
    const { session, inbox } = this.#mailroom
    const id = about?.conversationId ?? ''
    const peerAddress = checksumAddress(address)
    if (peerAddress === session.keyring.identity.address) throw new RecipientSelfError('You cannot write to yourself.')
    await (session.copies.isSteady ? inbox.readOnce(signal) : inbox.sync(signal))
    const begun = inbox.threads().filter((thread) => thread.peer === peerAddress && idOf(thread) === id)
    const best = begun.findLast(({ kind }) => kind === 'letter') ?? begun.at(-1)
    if (best) return this.of(best)
    const to = await this.#lookUp(peerAddress, unattended, signal)
    return this.#begin({ peer: to, context: about && { metadata: {}, ...about } }, signal)
  }

  /** What is known of an account that is written to for the first time. */
  async #lookUp(address: Address, unattended: NewOptions['unattended'], signal: AbortSignal | undefined) {
    const { session } = this.#mailroom
    const peer = await lookUpPeer(session, address, signal)
    if (peer && unattended === 'only') throw new RecipientAttendedError(`${address} has published keys.`)
    if (peer) return peer
    const { version, isSealed } = rememberedPeer(session.log, address)
    if (unattended !== 'off' && version === 0n && !isSealed) return { address, policy: noPolicy }
    throw new RecipientUnknownError(`${address} has published no keys.`, {
      hint: 'It must have used a client of the network once, or be written to as one that has not.',
    })
  }

  /**
   * New conversations as they come, but for those of accounts that were denied. Resolves once the node listens.
   *
   * @example
   * ```ts
   * for await (const conversation of await client.conversations.stream()) console.log('from', conversation.peerAddress)
   * ```
   */
  async stream({
    signal,
  }: {
    readonly signal?: AbortSignal | undefined
  } = {}): Promise<AsyncIterableIterator<Conversation>> {
    await this.#mailroom.inbox.readOnce(signal)
    const source = await this.subscribe(signal)
    const channel = createChannel<Conversation>(() => void source.return?.())
    await this.#mailroom.consents.sync(signal).catch((error) => {
      channel.end()
      throw error
    })
    void this.#pump(source, channel)
    return channel
  }

  /** @internal The topics where others begin conversations with this account. */
  subscribe(signal?: AbortSignal) {
    const { named, keyring } = this.#mailroom.session
    const kinds = ['sealed', 'invite', 'intro'] as const
    const topics = kinds.map((kind) => ownedTopic(kind, keyring.identity.address))
    return named.subscribe({ contentTopics: [...topics, this.#mailroom.consents.topic], signal })
  }

  /** @internal The conversation that an envelope begins; undefined where it begins none. */
  receive(envelope: StreamedEnvelope): Conversation | undefined {
    const { inbox, consents, session } = this.#mailroom
    const { address } = session.keyring.identity
    if (envelope.contentTopic === consents.topic) consents.receive(envelope)
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
    return this.#open.get(threadKey(thread)) ?? this.#keep(this.#existing(thread))
  }

  /** @internal */
  with(address: Address): Conversation | undefined {
    const thread = this.#mailroom.inbox.threads().findLast(({ peer }) => peer === address)
    return thread && this.of(thread)
  }

  /** One that was begun before and not delivered keeps its lanes, so that no stamp is lost. */
  async #begin(beginning: Beginning, signal: AbortSignal | undefined): Promise<Conversation> {
    const { peer, context } = beginning
    const isAttended = 'bundle' in peer
    const isSealed = !isAttended || peer.policy.sealedKey !== undefined
    const key = `${isAttended ? '' : 'unattended '}${peer.address}${context?.conversationId ?? ''}`
    const { createSender } = await import('../sending/create-sender.ts')
    const other = isAttended ? undefined : await import('../sending/unattended-letter.ts')
    const begun = this.#begun.get(key)
    if (begun && (begun.path === 'sealed') === isSealed) return begun
    const prepared = isSealed ? await this.#mailroom.prepared.take(signal) : undefined
    const meanwhile = this.#begun.get(key)
    if (meanwhile && meanwhile !== begun) return meanwhile
    const sender = createSender(this.#mailroom, { ...beginning, prepared, toUnattended: other?.createUnattendedLetter })
    const conversation = new Conversation(this.#mailroom, sender)
    this.#begun.set(key, conversation)
    return this.#keep(conversation)
  }

  #existing(thread: Thread): Conversation {
    return new Conversation(this.#mailroom, senderWhenAsked(this.#mailroom, thread))
  }

  #keep(conversation: Conversation): Conversation {
    this.#open.set(threadKey(conversation.thread), conversation)
    return conversation
  }

  #isDenied({ peerAddress }: Conversation): boolean {
    return this.#mailroom.consents.of(peerAddress) === 'denied'
  }

  async #pump(source: AsyncIterable<StreamedEnvelope>, channel: Channel<Conversation>): Promise<void> {
    const told = new Set<Conversation>()
    try {
      for await (const envelope of source) {
        const conversation = this.receive(envelope)
        if (!conversation || told.has(conversation) || this.#isDenied(conversation)) continue
        told.add(conversation)
        channel.push(conversation)
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

/** An account that was to be written to as one without keys has published some. */
export class RecipientAttendedError extends BaseError {
  override readonly code = 'unattended.attended'
}

/** The recipient is the sender. */
export class RecipientSelfError extends BaseError {
  override readonly code = 'recipient.self'
}
