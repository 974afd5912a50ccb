import { createQueue } from '../../async.ts'
import { type ContentCompression, type ConversationContext, ephemeralTopic } from '../../codec/index.ts'
import { type ContentTypeId, encodeContent } from '../../content/index.ts'
import type { Address } from '../../crypto/index.ts'
import type { SubscribeOptions } from '../../transport/index.ts'
import { type Channel, createChannel, pump } from '../mailbox/channel.ts'
import { type Message, type MessageQuery, readMessage, readMessages } from '../mailbox/messages.ts'
import type { LetterEvidence } from '../mailbox/received-evidence.ts'
import { createStops, type Stops } from '../mailbox/stops.ts'
import { type ConversationKind, type Thread, threadKey } from '../mailbox/thread.ts'
import { type LetterPayment, type LetterPrice, priceOf } from '../postage/letter-payment.ts'
import type { NoticeChoice } from '../postage/notice.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { SendQuote } from '../postage/quote.ts'
import type { Content } from '../sending/content.ts'
import type { Mailroom } from '../sending/mailroom.ts'
import type { Sender, Sent } from '../sending/sender.ts'
import type { Path } from '../session/events.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Telling } from './letter-notice.ts'
import { type OwnEscrow, ownEscrowOf } from './own-escrow.ts'

/** What is asked about sending. */
export type QuoteOptions = PostageOptions & {
  /**
   * With a first letter to an account without keys: tells the account on the chain that mail waits, once the letter is out. An
   * observer of node and chain sees both within seconds of each other: see `docs/privacy.md`.
   */
  readonly notice?: NoticeChoice | undefined
}

/** How something is sent. */
export type SendOptions = QuoteOptions & {
  /** Text unless told otherwise; needs a codec. */
  readonly contentType?: ContentTypeId | undefined
  /** Leave it off toward stock clients: they drop content that grows beyond 1,000 bytes. */
  readonly compression?: ContentCompression | undefined
}

/** What came of sending. */
export type SendResult = Sent | Refusal

/** A conversation with one other account. */
export class Conversation {
  readonly #mailroom: Mailroom
  readonly #sender: Sender
  readonly #inTurn = createQueue()
  /** A notice was to go with a letter, and the call failed, maybe when the letter was out: the same call again sends it. */
  #owesNotice = false

  /** @internal Conversations come from `client.conversations`. */
  constructor(mailroom: Mailroom, sender: Sender) {
    this.#mailroom = mailroom
    this.#sender = sender
  }

  /** The other account. */
  get peerAddress(): Address {
    return this.#sender.thread().peer
  }

  get topic(): string {
    return this.#sender.thread().topic
  }

  /** How it came to be. */
  get kind(): ConversationKind {
    return this.#sender.thread().kind
  }

  /** What the application that began it said it is about. */
  get context(): ConversationContext | undefined {
    const { conversation } = this.#sender.thread()
    return conversation.version === 'v2' ? conversation.context : undefined
  }

  get createdAt(): Date {
    return new Date(Number(this.#sender.thread().createdNs / 1_000_000n))
  }

  /** Whether its first message is still to be sent. */
  get isNew(): boolean {
    return this.#sender.isNew()
  }

  /**
   * Whether it is a stranger's: of an account about which this one has said nothing, in a conversation that it has neither begun nor
   * answered, at any of its clients.
   */
  get isRequest(): boolean {
    return !this.isNew && this.#mailroom.consents.isRequest(this.#sender.thread())
  }

  /** Whether the node learns who writes to whom here. */
  get path(): Path {
    return this.kind === 'letter' ? 'sealed' : 'visible'
  }

  /**
   * What was paid for the peer's first letter, as the letter or the node shows it: usually nothing or one payment, and several
   * only from who wants to confuse. `client.payments.look` asks the chain.
   */
  get payments(): LetterPrice[] {
    return this.openings.map(({ place }) => priceOf(place))
  }

  /**
   * What the peer has shown to write to this account: each condition of its rule or of the network's floor that was met, by which
   * evidence. The node says so, which lets in nobody without: no sender can say it for itself, and what does not fit with
   * pseudonym and payments is left out. None where nothing was asked, where this account has begun, or from a node that hides it.
   *
   * @example
   * ```ts
   * for (const { text, evidence, issuers } of conversation.evidence) console.log(text, evidence, issuers.length) // 'stamp 1', 'ticket', 0
   * ```
   */
  get evidence(): LetterEvidence[] {
    return this.#mailroom.inbox.evidenceOf(this.#sender.thread())
  }

  /** Where this account has begun it with a letter to an account without keys: what is kept of the letter's key, to take it back or extend it. */
  get escrow(): OwnEscrow | undefined {
    return this.isNew ? undefined : ownEscrowOf(this.#mailroom, this.thread)
  }

  /** @internal */
  get openings(): readonly LetterPayment[] {
    return this.#mailroom.inbox.paymentsOf(this.#sender.thread())
  }

  /** @internal */
  get thread(): Thread {
    return this.#sender.thread()
  }

  /**
   * What sending would take now: the cheapest way, its price, and whether the node would see who writes. Where this client could
   * buy stamps first, those count that are still to be bought: as many as `stamps` says beyond `held.stamps`.
   *
   * @example
   * ```ts
   * const quote = await conversation.quote()
   * if (quote.ok) console.log(`${quote.explanation}: ${quote.price}, and the path is ${quote.path}`)
   * ```
   */
  async quote({ notice, ...options }: QuoteOptions = {}): Promise<SendQuote | Refusal> {
    if (notice === undefined) return this.#sender.quote(options)
    const { noticeQuoteOf, refuseNotice } = await import('./letter-notice.ts') // for those who notify
    if (!this.#sender.takesNotice()) return refuseNotice()
    const quote = await this.#sender.quote(options)
    if (!quote.ok) return quote
    return { ...quote, notice: await noticeQuoteOf(this.#telling, notice, options) }
  }

  /**
   * Sends content. What is not delivered is answered as a value with a code; errors say which part is down.
   *
   * Calling it again after an error repeats what was begun: no stamp is used twice, and nothing is delivered twice. What its
   * signal ends before it has left is never delivered. A `notice` is agreed to before the letter leaves, and tried after it, once: what
   * came of it is said beside the letter, and is no failure of that.
   *
   * @example
   * ```ts
   * const sent = await conversation.send('gm', { maxPrice: 10n ** 18n }) // at most one token
   * console.log(sent.ok ? sent.id : `${sent.code}: ${sent.message}`)
   * ```
   */
  async send(content: unknown, options: SendOptions = {}): Promise<SendResult> {
    const { contentType, compression, notice, ...postage } = options
    const encoded = await encodeContent(this.#mailroom.session.registry, content, {
      type: contentType,
      compression,
    })
    return notice === undefined ? this.sendEncoded(encoded, postage) : this.#sendAndTell(encoded, notice, postage)
  }

  async #sendAndTell(content: Content, notice: NoticeChoice, options: PostageOptions): Promise<SendResult> {
    const sent = await this.#inTurn(() => this.#sendDue(content, notice, options), options.signal)
    if (!sent.ok) return sent
    const { giveNotice } = await import('./letter-notice.ts')
    const { due, ...letter } = sent
    return { ...letter, notice: await giveNotice(this.#telling, due, options) }
  }

  /** Sends what a notice follows. */
  async #sendDue(content: Content, notice: NoticeChoice, options: PostageOptions) {
    const { agreeToNotice, refuseNotice } = await import('./letter-notice.ts')
    if (!this.#sender.takesNotice() && !this.#owesNotice) return refuseNotice()
    const due = await agreeToNotice(this.#telling, notice, options)
    if ('code' in due) return due
    this.#owesNotice = true
    const sent = await this.#sender.send(content, options)
    if (!sent.ok) return sent
    this.#owesNotice = false
    return { ...sent, due }
  }

  get #telling(): Telling {
    return { notices: this.#mailroom.notices, recipient: this.peerAddress }
  }

  /** @internal One after the other, in the order of the calls. Who goes on without a notice is owed none. */
  sendEncoded(content: Content, options: PostageOptions = {}): Promise<SendResult> {
    return this.#inTurn(() => {
      this.#owesNotice = false
      return this.#sender.send(content, options)
    }, options.signal)
  }

  /**
   * Declines what a stranger has begun: no client of this account shows the conversation any more. The stranger is not blocked, and is
   * told nothing: it may begin another by meeting the rule again. Writing to the account takes it back, and so does `client.allow`.
   *
   * @example
   * ```ts
   * for (const conversation of await client.conversations.list({ consent: 'unknown' })) await conversation.decline()
   * ```
   */
  decline({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<{ ok: true } | Refusal> {
    return this.#mailroom.consents.decline(this.thread, signal)
  }

  /**
   * The messages there are. Where nothing has begun yet there are none, and nobody is asked. Of a stranger's letter that is not
   * answered, for a while only what came in it: to ask for more at once would tell the node which conversation is its.
   *
   * @example
   * ```ts
   * for (const { sender, content } of await conversation.messages({ limit: 20 })) console.log(sender, content)
   * ```
   */
  async messages(query: MessageQuery = {}): Promise<Message[]> {
    if (this.#isUnseen) return []
    const thread = this.#sender.thread()
    const isJoined = this.#mailroom.following.isJoined(thread)
    return readMessages(this.#mailroom.reading, thread, { ...query, isJoined })
  }

  /**
   * Messages as they come, ephemeral ones too. Resolves once the node listens, or at once where a stranger's letter is not
   * answered yet, or where the node would learn of a conversation that has not begun: then it listens from the time on that
   * the conversation is joined or has begun.
   *
   * @example
   * ```ts
   * for await (const { content } of await conversation.stream()) console.log(content)
   * ```
   */
  async stream({
    signal,
  }: {
    readonly signal?: AbortSignal | undefined
  } = {}): Promise<AsyncIterableIterator<Message>> {
    const stops = createStops()
    const channel = createChannel<Message>(stops.stop)
    const { following, inbox } = this.#mailroom
    const thread = this.#sender.thread()
    const listen = (after?: bigint) =>
      this.#listen(channel, { stops, signal, after }).catch((error) => {
        channel.fail(error)
        throw error
      })
    const onThread = (after?: bigint) => (other: Thread) => {
      if (threadKey(other) === threadKey(thread)) listen(after).catch(() => undefined) // the reader is told
    }
    if (this.#isUnseen) stops.add(inbox.onBegin(onThread(0n)))
    else if (following.isJoined(thread)) await listen()
    else stops.add(following.onJoin(onThread()))
    return channel
  }

  /** Whether it would be in the open, and nobody has begun it: to ask for its topic would show who is about to. */
  get #isUnseen(): boolean {
    return this.isNew && this.path === 'visible' && !this.#mailroom.inbox.has(this.thread)
  }

  async #listen(
    channel: Channel<Message>,
    { stops, ...options }: Pick<SubscribeOptions, 'signal' | 'after'> & { readonly stops: Stops },
  ): Promise<void> {
    const { session, consents, reading } = this.#mailroom
    const thread = this.#sender.thread()
    const node = this.path === 'sealed' ? session.anonymous : session.named
    const contentTopics = [thread.topic, ephemeralTopic(thread.topic)]
    const opening = node.subscribe({ contentTopics, ...options })
    stops.addLater(opening)
    const [subscription] = await Promise.all([opening, consents.watch()])
    const read = async (envelope: { contentTopic: string; message: Uint8Array }) =>
      consents.of(thread.peer) === 'denied' || consents.isDeclined(this.thread)
        ? undefined
        : readMessage(reading, thread, envelope)
    void pump(subscription, read, channel)
  }
}
