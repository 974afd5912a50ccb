import type { Client, Conversation, Message } from '@pennypost/sdk'
import { groupBy } from '@pennypost/sdk/group-by'
import { computed, signal } from '@preact/signals'
import type { Tabs } from '../session/tabs.ts'
import type { Seen } from './keep-seen.ts'

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
/** Milliseconds between two looks of a tab in which nothing listens. */
const lookMs = 15_000
/** Of so many conversations the last message is asked for at once. */
const atOnce = 12

type InboxOptions = {
  readonly tabs: (signal: AbortSignal) => Tabs
  readonly seen: (signal: AbortSignal) => Seen
}

/** The account's mail, kept up to date as it comes. */
export class Inbox {
  /** The one with the newest message first; undefined until they are read. */
  readonly entries = signal<readonly Entry[] | undefined>(undefined)
  /** The messages of the conversation that is open, oldest first; undefined until they are read. */
  readonly messages = signal<readonly Message[] | undefined>(undefined)
  /** Why the mail could not be read, where it could not. */
  readonly problem = signal<unknown>(undefined)
  /** Keys of conversations, by the other account. */
  readonly #peers = computed(() =>
    groupBy(
      (this.entries.value ?? []).map(({ key }) => key),
      (key) => key.slice(0, key.indexOf(' ')),
    ),
  )
  readonly #client: Client
  readonly #tabs: Tabs
  readonly #ending = new AbortController()
  readonly #seen: Seen
  /** All of them, while the first are still looked at. */
  #all: readonly Entry[] = []
  #opened: string | undefined

  /** Begins to read, and to listen when it is this tab's turn. */
  constructor(client: Client, { tabs, seen }: InboxOptions) {
    const { signal } = this.#ending
    this.#client = client
    this.#tabs = tabs(signal)
    this.#seen = seen(signal)
    this.#seen.onTold((key) => {
      const last = this.#find((entry) => entry.key === key)?.last
      if (last) this.#put([[key, last]])
    })
    let isListening = false
    this.#tabs.onTold((topic) => void this.#look(topic))
    this.#tabs.takeTurn(() => {
      isListening = true
      return this.#listen()
    })
    const look = () => {
      if (!isListening && !document.hidden) void this.#lookAround()
    }
    const looking = setInterval(look, lookMs)
    document.addEventListener('visibilitychange', look)
    signal.addEventListener('abort', () => {
      clearInterval(looking)
      document.removeEventListener('visibilitychange', look)
    })
    void this.refresh()
  }

  /** Looks which conversations there are, and for the last message of those that are new here. */
  refresh(): Promise<void> {
    return this.#attempt(async (signal) => {
      await this.#seen.ready
      const { conversations } = this.#client
      const before = new Map(this.#all.map((entry) => [entry.key, entry]))
      const entries = (await conversations.list({ signal })).map((conversation) => entryOf(conversation, before))
      const fresh = newestFirst(entries.filter(({ last }) => !last))
      this.#show(entries)
      await this.#readLast(fresh.slice(0, atOnce))
      this.entries.value = this.#all
      await this.#readLast(fresh.slice(atOnce))
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
      if (last) this.#seen.note(key, last.sentAt.getTime())
      this.#change(key, { isUnread: false, ...(last && this.#withLast(last)) })
    })
  }

  /** Looks at everything anew after this account has sent something, and says so in its other tabs. */
  async sent(conversation: Conversation): Promise<void> {
    await this.refresh()
    await this.open(keyOf(conversation))
    this.#tabs.tell(conversation.topic)
  }

  /** Whether there are other conversations with the same account. */
  hasOthers({ key, conversation }: Entry): boolean {
    return this.#peers.value.get(conversation.peerAddress)?.some((other) => other !== key) ?? false
  }

  /** Ends with the listening. */
  get over(): AbortSignal {
    return this.#ending.signal
  }

  /** Ends listening. */
  readonly close = (): void => this.#ending.abort()

  async #listen(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      await this.#attempt(async () => {
        const stream = await this.#client.streamAllMessages({ signal })
        await this.refresh()
        this.#tabs.tell('') // of what came while nobody listened
        for await (const message of stream) await this.#take(message)
      })
      await new Promise((resolve) => setTimeout(resolve, patienceMs))
    }
  }

  async #take(message: Message): Promise<void> {
    const { topic, sentNs } = message
    this.#tabs.tell(topic)
    const entry = this.#find(({ conversation }) => conversation.topic === topic)
    if (!entry) return this.refresh()
    const { key, last: before } = entry
    this.#put([[key, before && before.sentNs > sentNs ? before : message]])
    if (key === this.#opened) await this.open(key)
  }

  /** Another tab says that something has happened in a conversation. */
  async #look(topic: string): Promise<void> {
    await this.refresh()
    const found = this.#all.filter(({ conversation }) => conversation.topic === topic)
    await this.#attempt(() => this.#readLast(found))
    if (found.some(({ key }) => key === this.#opened)) await this.open(this.#opened)
  }

  /** Nobody has said anything: looks for what is new where something usually is. */
  async #lookAround(): Promise<void> {
    await this.refresh()
    await this.#attempt(() => this.#readLast(this.#all.slice(0, atOnce)))
    await this.open(this.#opened)
  }

  async #readLast(entries: readonly Entry[]): Promise<void> {
    const { signal } = this.#ending
    for (let i = 0; i < entries.length; i += atOnce) {
      const asked = entries.slice(i, i + atOnce)
      const read = await Promise.all(
        asked.map(({ conversation }) => conversation.messages({ limit: 1, direction: 'descending', signal })),
      )
      this.#put(asked.flatMap(({ key }, j) => (read[j]?.[0] ? [[key, read[j][0]] as const] : [])))
    }
  }

  #put(read: readonly (readonly [key: string, last: Message])[]): void {
    const lasts = new Map(read)
    const changed = this.#all.map((entry) => {
      const { key } = entry
      const last = lasts.get(key)
      if (!last) return entry
      const isNews = last.sender !== this.#client.address && last.sentAt.getTime() > this.#seen.until(key)
      return { ...entry, isUnread: isNews && key !== this.#opened, ...this.#withLast(last) }
    })
    this.#show(changed)
  }

  /** Who answers a stranger is a stranger no more. */
  #withLast(last: Message): Partial<Entry> {
    return { last, ...(last.sender === this.#client.address && { isRequest: false }) }
  }

  #find(isWanted: (entry: Entry) => boolean): Entry | undefined {
    return this.#all.find(isWanted)
  }

  #change(key: string, changes: Partial<Entry>): void {
    this.#show(this.#all.map((entry) => (entry.key === key ? { ...entry, ...changes } : entry)))
  }

  #show(entries: readonly Entry[]): void {
    this.#all = newestFirst(entries)
    if (this.entries.value) this.entries.value = this.#all
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

/** What was there stays as it was; of a stranger whom this account has answered, too. */
function entryOf(conversation: Conversation, before: ReadonlyMap<string, Entry>): Entry {
  const key = keyOf(conversation)
  const { last, isUnread = false, isRequest = true } = before.get(key) ?? {}
  return { key, conversation, last, isUnread, isRequest: conversation.isRequest && isRequest }
}

const newestFirst = (entries: readonly Entry[]): readonly Entry[] => entries.toSorted((a, b) => timeOf(b) - timeOf(a))

const timeOf = ({ last, conversation }: Entry): number => (last?.sentAt ?? conversation.createdAt).getTime()
