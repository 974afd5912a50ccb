import { decodeEscrowMessage, type EscrowMessageInit, encodeEscrowMessage } from '@pennypost/sdk/codec'
import { concatBytes, utf8 } from '@pennypost/sdk/crypto'
import { emptiedOf } from './change-deposit.ts'
import type { Context } from './context.ts'
import { delayAfter } from './delays.ts'
import { type Opened, openEntry } from './opened.ts'
import type { Send } from './send.ts'
import type { AnswerRow } from './store/index.ts'

/** So long a repeated claim waits for the answer to be repeated, in seconds. */
const repeatSeconds = 60
const mostAtOnce = 100

/** Hands out shares, each to one identity key. */
export class Answers {
  readonly #context: Context
  readonly #send: Send
  readonly #repeated = new Map<number, number>()

  constructor(context: Context, send: Send) {
    this.#context = context
    this.#send = send
  }

  /** Kept first, so that whoever asks again, in whatever run, gets this very answer. */
  async give(opened: Opened, answer: EscrowMessageInit, keyId: Uint8Array): Promise<void> {
    const { store, vault, metrics } = this.#context
    const { number, id } = opened.row
    const sealed = vault.seal(encodeEscrowMessage(answer), placeOf(id))
    if (!(await store.release({ number, keyId, sealed, nextAt: this.#nextAt(0) }, emptiedOf(this.#context, opened))))
      return
    metrics.answered.inc()
    await this.#publish(opened, answer)
  }

  /** Publishes the answer that was given once more, not too often. */
  async repeat(opened: Opened, given: AnswerRow): Promise<void> {
    const { number } = opened.row
    const now = this.#context.clock()
    const last = this.#repeated.get(number)
    if (last !== undefined && now < last + repeatSeconds) return
    this.#repeated.set(number, now)
    await this.#publish(opened, this.#read(opened, given))
  }

  /** Publishes what was given and did not get out. */
  async again(): Promise<void> {
    const { store, book, clock } = this.#context
    for (const given of await store.unpublished(Math.floor(clock()), mostAtOnce)) {
      await store.delayAnswer(given.number, this.#nextAt(given.attempts + 1))
      const entry = book.of(given.number)
      const opened = entry && (await openEntry(this.#context, entry))
      if (opened) await this.#publish(opened, this.#read(opened, given))
    }
  }

  /** Forgets what was repeated lately. */
  forget(): void {
    this.#repeated.clear()
  }

  #nextAt(attempts: number): number {
    return Math.floor(this.#context.clock()) + delayAfter(attempts)
  }

  async #publish({ row, deposit }: Opened, answer: EscrowMessageInit): Promise<void> {
    if (await this.#send(deposit, answer)) await this.#context.store.published(row.number)
  }

  #read({ row }: Opened, { sealed }: AnswerRow): EscrowMessageInit {
    const { kind } = decodeEscrowMessage(this.#context.vault.open(sealed, placeOf(row.id)))
    return kind as EscrowMessageInit
  }
}

const placeOf = (id: Uint8Array): Uint8Array => concatBytes(utf8('answer'), id)
