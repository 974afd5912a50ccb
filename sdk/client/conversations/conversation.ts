import { type ContentCompression, type ConversationContext, ephemeralTopic } from '../../codec/index.ts'
import { type ContentTypeId, encodeContent } from '../../content/index.ts'
import type { Address } from '../../crypto/index.ts'
import { type LetterPrice, letterPriceOf } from '../account/payments.ts'
import { createChannel, pump } from '../mailbox/channel.ts'
import { type Message, type MessageQuery, readMessage, readMessages } from '../mailbox/messages.ts'
import type { ConversationKind, Thread } from '../mailbox/thread.ts'
import type { PostageOptions } from '../postage/offer.ts'
import type { Path } from '../postage/quote.ts'
import { createSender, type Start } from '../sending/create-sender.ts'
import type { Content } from '../sending/first-letter.ts'
import type { Sender, SendQuote, Sent } from '../sending/sender.ts'
import type { ClientContext } from '../session/context.ts'
import type { Refusal } from '../session/refusal.ts'
import type { Shared } from '../session/shared.ts'

/** How something is sent. */
export type SendOptions = PostageOptions & {
  /** Text unless told otherwise; needs a codec. */
  readonly contentType?: ContentTypeId
  /** Leave it off toward stock clients: they drop content that grows beyond 1,000 bytes. */
  readonly compression?: ContentCompression
}

/** What came of sending. */
export type SendResult = Sent | Refusal

/** A conversation with one other account. */
export class Conversation {
  readonly #context: ClientContext
  readonly #sender: Sender
  #last: Promise<unknown> = Promise.resolve()

  /** @internal Conversations come from `client.conversations`. */
  constructor(shared: Shared, start: Start) {
    this.#context = shared.context
    this.#sender = createSender(shared, start)
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

  /** Whether the node learns who writes to whom here. */
  get path(): Path {
    return this.kind === 'letter' ? 'sealed' : 'visible'
  }

  /** What its first letter says was paid for it; `client.payments.look` asks the chain. */
  get payment(): LetterPrice | undefined {
    return letterPriceOf(this.#sender.thread().letter?.payment)
  }

  /** @internal */
  get thread(): Thread {
    return this.#sender.thread()
  }

  /** What sending would take now: the cheapest way, its price, and whether the node would see who writes. */
  quote(options: PostageOptions = {}): Promise<SendQuote | Refusal> {
    return this.#sender.quote(options)
  }

  /**
   * Sends content. What is not delivered is answered as a value with a code; errors say which part is down.
   *
   * Calling it again after an error repeats what was begun: no stamp is used twice, and nothing is delivered twice.
   */
  async send(content: unknown, options: SendOptions = {}): Promise<SendResult> {
    const { contentType, compression } = options
    const encoded = await encodeContent(this.#context.registry, content, {
      ...(contentType && { type: contentType }),
      compression,
    })
    return this.sendEncoded(encoded, options)
  }

  /** @internal One after the other, in the order of the calls. */
  sendEncoded(content: Content, options: PostageOptions = {}): Promise<SendResult> {
    const result = this.#last.then(() => this.#sender.send(content, options))
    this.#last = result.catch(() => undefined)
    return result
  }

  /** The messages there are. */
  messages(query: MessageQuery = {}): Promise<Message[]> {
    return readMessages(this.#context, this.#sender.thread(), query)
  }

  /** Messages as they come, ephemeral ones too. Resolves once the node listens. */
  async stream({ signal }: { signal?: AbortSignal } = {}): Promise<AsyncIterableIterator<Message>> {
    const thread = this.#sender.thread()
    const subscription = await this.#context.node.subscribe({
      contentTopics: [thread.topic, ephemeralTopic(thread.topic)],
      ...(signal && { signal }),
    })
    const channel = createChannel<Message>(() => void subscription.return?.())
    void pump(subscription, async (envelope) => readMessage(this.#context, thread, envelope), channel)
    return channel
  }
}
