import type { Client, Conversation, Message } from '@pennypost/sdk'
import { signal } from '@preact/signals'

/** A conversation as the list shows it. */
export type Entry = {
  readonly key: string
  readonly conversation: Conversation
  readonly last: Message | undefined
  readonly isUnread: boolean
  /** Begun by somebody of whom this account has said nothing, and not answered. */
  readonly isRequest: boolean
}

/** What a conversation is known by: one topic may be named by several peers. */
export const keyOf = ({ peerAddress, topic }: Pick<Conversation, 'peerAddress' | 'topic'>): string =>
  `${peerAddress} ${topic}`

/** Milliseconds before a stream that has failed is begun anew. */
const patienceMs = 2_000

/** The account's mail, kept up to date as it comes. */
export class Inbox {
  /** The one with the newest message first; undefined until they are read. */
  readonly entries = signal<readonly Entry[] | undefined>(undefined)
  /** The messages of the conversation that is open, oldest first; undefined until they are read. */
  readonly messages = signal<readonly Message[] | undefined>(undefined)
  /** Why the mail could not be read, where it could not. */
  readonly problem = signal<unknown>(undefined)
  readonly #client: Client
  readonly #ending = new AbortController()
  /** The last message of each that was seen. */
  readonly #seen = new Map<string, string>()
  #opened: string | undefined

  /** Begins to read, and to listen. */
  constructor(client: Client) {
    this.#client = client
    void this.#listen()
  }

  /** Looks at everything anew. */
  refresh(): Promise<void> {
    return this.#attempt(async (signal) => {
      const { conversations } = this.#client
      const known = await conversations.list({ consent: 'allowed', signal })
      const strangers = await conversations.list({ consent: 'unknown', signal })
      const entries = [
        ...known.map((conversation) => this.#entryOf(conversation, false)),
        ...strangers.map((conversation) => this.#entryOf(conversation, true)),
      ]
      this.#show(await Promise.all(entries))
    })
  }

  /** Reads a conversation, which then counts as read, and shows what comes in it; undefined closes it. */
  async open(key: string | undefined): Promise<void> {
    if (this.#opened !== key) this.messages.value = undefined
    this.#opened = key
    const conversation = this.#find((one) => one.key === key)?.conversation
    if (!key || !conversation) return
    await this.#attempt(async (signal) => {
      const messages = await conversation.messages({ signal })
      if (this.#opened !== key) return
      this.messages.value = messages
      const last = messages.at(-1)
      if (last) this.#seen.set(key, last.id)
      this.#change(key, { isUnread: false })
    })
  }

  /** Ends listening. */
  readonly close = (): void => this.#ending.abort()

  async #listen(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      await this.#attempt(async () => {
        const stream = await this.#client.streamAllMessages({ signal })
        await this.refresh()
        for await (const message of stream) await this.#take(message)
      })
      await new Promise((resolve) => setTimeout(resolve, patienceMs))
    }
  }

  async #take(message: Message): Promise<void> {
    const { topic, sender, sentNs } = message
    const entry = this.#find(({ conversation }) => conversation.topic === topic)
    if (!entry) return this.refresh()
    const { key, last: before } = entry
    const last = before && before.sentNs > sentNs ? before : message
    const isRequest = entry.isRequest && sender !== this.#client.address
    this.#change(key, { last, isRequest, isUnread: this.#isUnread(key, last) })
    if (key === this.#opened) await this.open(key)
  }

  async #entryOf(conversation: Conversation, isStranger: boolean): Promise<Entry> {
    const key = keyOf(conversation)
    const { signal } = this.#ending
    const [last] = await conversation.messages({ limit: 1, direction: 'descending', signal })
    const isRequest = isStranger && last?.sender !== this.#client.address
    return { key, conversation, last, isUnread: this.#isUnread(key, last), isRequest }
  }

  #isUnread(key: string, last: Message | undefined): boolean {
    const isNews = last !== undefined && last.sender !== this.#client.address && this.#seen.get(key) !== last.id
    return isNews && key !== this.#opened
  }

  #find(isWanted: (entry: Entry) => boolean): Entry | undefined {
    return this.entries.value?.find(isWanted)
  }

  #change(key: string, changes: Partial<Entry>): void {
    this.#show((this.entries.value ?? []).map((entry) => (entry.key === key ? { ...entry, ...changes } : entry)))
  }

  #show(entries: readonly Entry[]): void {
    this.entries.value = entries.toSorted((a, b) => timeOf(b) - timeOf(a))
  }

  async #attempt(step: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { signal } = this.#ending
    try {
      await step(signal)
      this.problem.value = undefined
    } catch (error) {
      if (!signal.aborted) this.problem.value = error
    }
  }
}

const timeOf = ({ last, conversation }: Entry): number => (last?.sentAt ?? conversation.createdAt).getTime()
