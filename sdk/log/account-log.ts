import { createQueue, pause, type Queue } from '../async.ts'
import { endOfTimeNs, type LogEntry, type LogEntryInit } from '../codec/index.ts'
import { concatBytes, type RandomBytes, toHex } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { createEntryReader, frameEntry } from './entry-stream.ts'
import { chunkSize, type LogPlace, openPage, sealPage } from './page.ts'
import { createPageSet, type PageSet } from './page-set.ts'

/** A page as it lies on the log's topic. */
export type StoredPage = { readonly message: Uint8Array; readonly timestampNs: bigint }

/** The edges of a log: the account's own topic at a node. */
export type LogTransport = {
  /** What has come since the last call, or all there is; known pages may come again. */
  read(from: 'last' | 'start', signal?: AbortSignal): Promise<StoredPage[]>
  /** Stores a page; resolves once that is acknowledged. The same page twice is stored once. */
  write(page: StoredPage, signal?: AbortSignal): Promise<void>
}

/** What this device remembers of the log: pages that were there, and entries that no page has yet. */
export type LogMemory = {
  load(): Promise<{ readonly heads: readonly Uint8Array[]; readonly waiting: Uint8Array } | undefined>
  save(memory: { readonly heads: readonly Uint8Array[]; readonly waiting: Uint8Array }): Promise<void>
}

/** Keeps letters in the log from anyone who has no more than the log's own key. */
export type LogVault = {
  /** The entry as pages hold it. */
  seal(entry: LogEntryInit): LogEntryInit
  /** What was sealed; as it was where this client cannot, or nothing was. */
  open(entry: LogEntry['kind']): LogEntry['kind']
}

export type LogOptions = {
  readonly place: LogPlace
  readonly transport: LogTransport
  readonly memory: LogMemory
  readonly vault: LogVault
  readonly random: RandomBytes
  /** Unix nanoseconds, each later than the one before. */
  readonly nextNs: () => bigint
}

type Kind = NonNullable<LogEntry['kind']['case']>
type EntryOf<K extends Kind> = Extract<LogEntry['kind'], { case: K }>['value']
type Known = { entry: LogEntry['kind']; readonly isOwn: boolean }

const readsUntilWhole = 3
const pauseMs = 200

/**
 * An account's own encrypted log: what every client of the account must know. Append only. All pages have one size, and name
 * the pages before them, so that a node can neither read what is written, nor hold a page back that another page knows.
 */
export class AccountLog {
  readonly #options: LogOptions
  readonly #known: Known[] = []
  readonly #pages: PageSet = createPageSet()
  readonly #writer: Uint8Array
  readonly #inTurn: Queue = createQueue()
  /** Entries of this run that no page has yet. */
  #waiting: Uint8Array = new Uint8Array()
  /** A page whose answer is missing: it goes again, unchanged, before any other. */
  #open: (StoredPage & { readonly taken: number }) | undefined
  #number = 0
  #lastNs = 0n
  /** What was there the last time: looked for once. */
  #remembered: readonly Uint8Array[] | undefined

  constructor(options: LogOptions) {
    this.#options = options
    this.#writer = options.random(16)
  }

  /** All known entries, in order. */
  entries(): LogEntry['kind'][] {
    return this.#opened().map(({ entry }) => entry)
  }

  /** All known entries of one kind, in order. */
  all<K extends Kind>(kind: K): EntryOf<K>[] {
    return this.#opened().flatMap(({ entry }) => (entry.case === kind ? [entry.value as EntryOf<K>] : []))
  }

  /** Those of them that another client, or another run of this one, has written. */
  foreign<K extends Kind>(kind: K): EntryOf<K>[] {
    const others = this.#opened().filter(({ isOwn }) => !isOwn)
    return others.flatMap(({ entry }) => (entry.case === kind ? [entry.value as EntryOf<K>] : []))
  }

  /** Whether entries wait for a page. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Reads on to the end of the log. Throws where a page is missing that was there, or that another page knows. */
  async sync(signal?: AbortSignal): Promise<void> {
    await this.#inTurn(() => this.#sync(signal), signal)
  }

  /**
   * Writes an entry now, and all that waits. Answers whether it is alone: if not, another client wrote at the same moment,
   * and what it wrote is known now.
   */
  append(entry: LogEntryInit, signal?: AbortSignal): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#sync(signal)
      this.#push(entry)
      await this.#writeAll(signal)
      return (await this.#sync(signal)) === 0
    }, signal)
  }

  /** Keeps an entry for the next page, on this device as long as it may take. It is known at once. */
  async keep(entry: LogEntryInit): Promise<void> {
    this.#push(entry)
    await this.#recall()
    await this.#remember()
  }

  /** Writes one page, of what waits or of nothing, or one that an entry is alone on: from outside all are the same. */
  writePage(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      await this.#sync(signal)
      await this.#write(signal)
      await this.#sync(signal)
    }, signal)
  }

  /** Writes what waits. */
  flush(signal?: AbortSignal): Promise<void> {
    return this.#inTurn(() => this.#writeAll(signal), signal)
  }

  /** What could not be opened before may be now, with a newer key. */
  #opened(): readonly Known[] {
    for (const known of this.#known) known.entry = this.#options.vault.open(known.entry)
    return this.#known
  }

  #push(entry: LogEntryInit): void {
    const [kind] = createEntryReader()(frameEntry(entry))
    this.#waiting = concatBytes(this.#waiting, frameEntry(this.#options.vault.seal(entry)))
    if (kind) this.#known.push({ entry: kind, isOwn: true })
  }

  async #writeAll(signal: AbortSignal | undefined): Promise<void> {
    while (this.#open || this.#waiting.length > 0) await this.#write(signal)
  }

  async #write(signal: AbortSignal | undefined): Promise<void> {
    const open = this.#open ?? this.#nextPage()
    this.#open = open
    await this.#options.transport.write(open, signal)
    this.#open = undefined
    const page = openPage(open.message, this.#options.place)
    if (page) this.#pages.add(open.message, page)
    this.#waiting = this.#waiting.slice(open.taken)
    await this.#remember()
  }

  #nextPage(): StoredPage & { readonly taken: number } {
    const { place, random, nextNs } = this.#options
    const chunk = this.#waiting.slice(0, chunkSize)
    const page = { writer: this.#writer, number: this.#number++, heads: this.#pages.heads(), chunk }
    const now = nextNs()
    this.#lastNs = now > this.#lastNs ? now : this.#lastNs + 1n // after all that was read, whatever the clock says
    return { message: sealPage(page, place, random), timestampNs: this.#lastNs, taken: chunk.length }
  }

  /** How many pages of others were new. */
  async #sync(signal: AbortSignal | undefined): Promise<number> {
    await this.#recall()
    let found = 0
    for (let read = 0; read < readsUntilWhole; read++) {
      if (read > 0) await pause(pauseMs * read, signal)
      found += this.#take(await this.#options.transport.read(read === 0 ? 'last' : 'start', signal))
      if (!this.#isMissing()) {
        this.#remembered = []
        if (found > 0) await this.#remember()
        return found
      }
    }
    throw new LogIncompleteError("The node is withholding part of the account's own log.", {
      hint: 'Ask another node, or one with a newer backup of its data.',
    })
  }

  #take(stored: readonly StoredPage[]): number {
    let found = 0
    for (const { message, timestampNs } of stored) {
      const page = openPage(message, this.#options.place)
      const entries = page && this.#pages.add(message, page)
      if (!entries) continue
      if (timestampNs > this.#lastNs && timestampNs < endOfTimeNs) this.#lastNs = timestampNs
      if (toHex(page.writer) === toHex(this.#writer)) continue
      found++
      this.#known.push(...entries.map((entry) => ({ entry, isOwn: false })))
    }
    return found
  }

  #isMissing(): boolean {
    return !this.#pages.isWhole() || (this.#remembered ?? []).some((head) => !this.#pages.has(toHex(head)))
  }

  /** What an earlier run on this device knew, and could not write. */
  async #recall(): Promise<void> {
    if (this.#remembered) return
    const memory = await this.#options.memory.load()
    if (this.#remembered) return
    this.#remembered = memory?.heads ?? []
    const waiting = memory?.waiting ?? new Uint8Array()
    const entries = createEntryReader()(waiting)
    this.#known.push(...entries.map((entry) => ({ entry, isOwn: false })))
    this.#waiting = concatBytes(waiting, this.#waiting)
  }

  #remember(): Promise<void> {
    return this.#options.memory.save({ heads: this.#pages.heads(), waiting: this.#waiting })
  }
}

/** A node holds back pages of the account's own log. */
export class LogIncompleteError extends BaseError {
  override readonly code = 'log.incomplete'
}
