import { createQueue } from '../async.ts'
import { decodeLogEntry, encodeLogEntry, type LogEntry, type LogEntryInit, lettersTopic } from '../codec/index.ts'
import {
  aeadNonceLength,
  aeadTagLength,
  concatBytes,
  ed25519PublicKey,
  fromBytes,
  hkdfSha256,
  openAead,
  type RandomBytes,
  sealAead,
  sha256,
  toBytes4,
  toHex,
  utf8,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { letterSizes } from './letter.ts'

/** Where entry `index` of an account's log is, who writes there, and what encrypts it. */
export type LogSlot = { readonly topic: string; readonly seed: Uint8Array; readonly key: Uint8Array }

/** The edges of a log: a node's topics. */
export type LogTransport = {
  /** What lies on each topic, in the order given. */
  read(topics: readonly string[]): Promise<Uint8Array[][]>
  /** Stores a message on the topic of a slot; resolves once that is acknowledged. */
  write(slot: LogSlot, message: Uint8Array): Promise<void>
}

export type LogOptions = {
  readonly identitySecret: Uint8Array
  readonly transport: LogTransport
  readonly random: RandomBytes
}

type Kind = NonNullable<LogEntry['kind']['case']>
type EntryOf<K extends Kind> = Extract<LogEntry['kind'], { case: K }>['value']

const slotsAtOnce = 16

/** Entry `index` of an account's log lives alone on a topic that names a key of its own, so that nothing repeats. */
export function deriveLogSlot(identitySecret: Uint8Array, index: number): LogSlot {
  const derive = (label: string) => hkdfSha256(identitySecret, { info: concatBytes(utf8(label), toBytes4(index)) })
  const seed = derive('pennypost/log-holder/v1')
  return { topic: lettersTopic(ed25519PublicKey(seed)), seed, key: derive('pennypost/log-key/v1') }
}

/**
 * An account's own encrypted log: what every client of the account must know. Append only; clients of one account may
 * write at the same moment, then several entries share a place and all of them count.
 */
export class AccountLog {
  readonly #options: LogOptions
  readonly #entries: { entry: LogEntry['kind']; isOwn: boolean }[] = []
  /** Hashes of what this client has written, or tried to. */
  readonly #own = new Set<string>()
  readonly #inTurn = createQueue()
  #next = 0

  constructor(options: LogOptions) {
    this.#options = options
  }

  /** How many places of the log are known to be taken. */
  get length(): number {
    return this.#next
  }

  /** All known entries, in order. */
  entries(): LogEntry['kind'][] {
    return this.#entries.map(({ entry }) => entry)
  }

  /** All known entries of one kind, in order. */
  all<K extends Kind>(kind: K): EntryOf<K>[] {
    return this.#entries.flatMap(({ entry }) => (entry.case === kind ? [entry.value as EntryOf<K>] : []))
  }

  /** Those of them that another client, or another run of this one, has written. */
  foreign<K extends Kind>(kind: K): EntryOf<K>[] {
    const others = this.#entries.filter(({ isOwn }) => !isOwn)
    return others.flatMap(({ entry }) => (entry.case === kind ? [entry.value as EntryOf<K>] : []))
  }

  /** Reads on to the end of the log. */
  sync(): Promise<void> {
    return this.#inTurn(() => this.#sync())
  }

  /**
   * Writes an entry. Answers whether it is alone at its place: if not, another client was writing, and the log was read
   * again to its end.
   */
  append(entry: LogEntryInit): Promise<boolean> {
    return this.#inTurn(() => this.#append(entry))
  }

  async #append(entry: LogEntryInit): Promise<boolean> {
    const { transport, random } = this.#options
    const slot = this.#slot(this.#next)
    const message = sealEntry(entry, slot, random)
    this.#own.add(toHex(sha256(message))) // before it is sent: its answer may be lost
    await transport.write(slot, message)
    const [found = []] = await transport.read([slot.topic])
    const entries = found.filter((other) => openEntry(other, slot) !== undefined)
    this.#keep(slot, entries)
    this.#next++
    const isAlone = entries.length > 0 && entries.every((other) => this.#isOwn(other))
    if (!isAlone) await this.#sync()
    return isAlone
  }

  async #sync(): Promise<void> {
    for (;;) {
      const slots = Array.from({ length: slotsAtOnce }, (_, i) => this.#slot(this.#next + i))
      const found = await this.#options.transport.read(slots.map(({ topic }) => topic))
      const counts = slots.map((slot, i) => this.#keep(slot, found[i] ?? []))
      const taken = counts.findLastIndex((count) => count > 0) + 1
      this.#next += taken
      if (taken === 0) return
    }
  }

  /** How many of the messages are entries; only the account's clients can make one, so a node cannot make the log endless. */
  #keep(slot: LogSlot, messages: readonly Uint8Array[]): number {
    const opened = messages.flatMap((message) => {
      const entry = openEntry(message, slot)
      return entry ? [{ entry, isOwn: this.#isOwn(message) }] : []
    })
    this.#entries.push(...opened)
    return opened.length
  }

  #isOwn(message: Uint8Array): boolean {
    return this.#own.has(toHex(sha256(message)))
  }

  #slot(index: number): LogSlot {
    return deriveLogSlot(this.#options.identitySecret, index)
  }
}

/** Nonce and ciphertext, padded to a size of letters. */
export function sealEntry(entry: LogEntryInit, { topic, key }: LogSlot, random: RandomBytes): Uint8Array {
  const plaintext = encodeLogEntry(entry)
  const nonce = random(aeadNonceLength)
  const overhead = aeadNonceLength + aeadTagLength + 4
  const size = [...letterSizes, maxEntryLength].find((total) => plaintext.length + overhead <= total)
  if (size === undefined) throw new LogEntryTooLongError('The entry is too long for the log.')
  const padded = new Uint8Array(size - aeadNonceLength - aeadTagLength)
  padded.set(toBytes4(plaintext.length))
  padded.set(plaintext, 4)
  return concatBytes(nonce, sealAead(padded, { key, nonce, associatedData: utf8(topic) }))
}

/** The entry; undefined where the bytes are no entry of this place. */
export function openEntry(message: Uint8Array, { topic, key }: LogSlot): LogEntry['kind'] | undefined {
  try {
    const nonce = message.subarray(0, aeadNonceLength)
    const padded = openAead(message.subarray(aeadNonceLength), { key, nonce, associatedData: utf8(topic) })
    return decodeLogEntry(padded.subarray(4, 4 + Number(fromBytes(padded.subarray(0, 4))))).kind
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}

const maxEntryLength = 131_072

/** An entry beyond the largest size. */
export class LogEntryTooLongError extends BaseError {
  override readonly code = 'log.entry-too-long'
}
