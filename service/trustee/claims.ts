import { decodeEscrowMessage, type EscrowMessage, encodeEscrowMessage } from '@pennypost/sdk/codec'
import { concatBytes, equalBytes, toHex, utf8 } from '@pennypost/sdk/crypto'
import {
  type Claim,
  claimKeyId,
  conditionOf,
  isClaimBundle,
  isDue,
  isReleased,
  openOnChannel,
} from '@pennypost/sdk/escrow'
import { BaseError } from '@pennypost/sdk/verifier'
import { Answers } from './answers.ts'
import type { Entry } from './book.ts'
import { changeDeposit } from './change-deposit.ts'
import type { Context } from './context.ts'
import { delayAfter } from './delays.ts'
import { type Opened, openEntry } from './opened.ts'
import type { Send } from './send.ts'
import type { ClaimRow } from './store/index.ts'

/** Refusals of one code that are said on one channel within an hour: who asks in vain costs no more than that. */
const mostRefusals = 8
const mostAtOnce = 100

type Refused = { readonly code: string; readonly keyId: Uint8Array }

/** Works on what comes on channels. */
export class Claims {
  readonly #context: Context
  readonly #send: Send
  readonly #answers: Answers
  readonly #refusals = new Map<string, Set<string>>()

  constructor(context: Context, send: Send) {
    this.#context = context
    this.#send = send
    this.#answers = new Answers(context, send)
  }

  /** What lies on the channel of a deposit. Repeated, it does the same again. */
  async receive(entry: Entry, message: Uint8Array): Promise<void> {
    const kind = kindOf(entry, message)
    if (!kind) this.#context.metrics.garbage.inc()
    if (kind?.case !== 'claim' && kind?.case !== 'change') return
    const opened = await openEntry(this.#context, entry)
    if (!opened) return
    if (kind.case === 'claim') await this.#claim(opened, kind.value)
    else await changeDeposit(this.#context, opened, { change: kind.value, send: this.#send })
  }

  /** Publishes what was decided and did not get out, and looks again at claims that could not be answered. */
  async again(): Promise<void> {
    await this.#answers.again()
    for (const due of await this.#context.store.dueClaims(this.#now(), mostAtOnce)) await this.#lookAgain(due)
  }

  /** Forgets what was said on channels lately. */
  forget(): void {
    this.#refusals.clear()
    this.#answers.forget()
  }

  async #claim(opened: Opened, claim: Claim): Promise<void> {
    const { row, deposit } = opened
    const keyId = claimKeyId(claim.release?.identityKey ?? new Uint8Array())
    if (row.state === 'held') return this.#decide(opened, claim, keyId)
    const given = await this.#context.store.answer(row.number)
    if (given && claim.release && equalBytes(given.keyId, keyId)) return this.#answers.repeat(opened, given)
    const isOwn = isReleaseOf(claim.release, { ...deposit, networkId: this.#context.account.networkId })
    if (!isOwn) return this.#refuse(opened, { code: 'release.invalid', keyId })
    const isWithdrawn = row.state === 'withdrawn'
    await this.#refuse(opened, isWithdrawn ? { code: 'escrow.withdrawn', keyId } : { code: 'escrow.released', keyId })
  }

  async #decide(opened: Opened, claim: Claim, keyId: Uint8Array): Promise<void> {
    const { account, clock } = this.#context
    const { row, deposit } = opened
    const [now, condition] = [clock(), conditionOf(deposit)]
    const unmet = async () => (condition && !isDue(condition, now) ? 'condition.unmet' : undefined)
    const answer = await account.answer({ ...deposit, expiresAt: row.expiresAt }, claim, { now, unmet })
    if (answer.case === 'share') return this.#answers.give(opened, answer, keyId)
    if (answer.case !== 'refused') return
    const code = answer.value.code ?? 'release.invalid'
    if (code === 'condition.unmet' || (code === 'release.key-unknown' && isClaimBundle(claim, deposit.recipient)))
      await this.#keep(opened, claim, keyId)
    await this.#refuse(opened, { code, keyId })
  }

  async #keep({ row: { number, id } }: Opened, claim: Claim, keyId: Uint8Array): Promise<void> {
    const { store, vault } = this.#context
    const sealed = vault.seal(encodeEscrowMessage({ case: 'claim', value: claim }), placeOf(id))
    await store.keepClaim({ number, keyId, sealed }, this.#now() + delayAfter(0))
  }

  async #refuse({ entry, deposit }: Opened, value: Refused): Promise<void> {
    this.#context.metrics.claimsRefused.inc({ code: value.code })
    const place = `${entry.number} ${value.code}`
    const said = this.#refusals.get(place) ?? new Set()
    const key = toHex(value.keyId)
    if (said.has(key) || said.size >= mostRefusals) return
    this.#refusals.set(place, said.add(key))
    await this.#send(deposit, { case: 'refused', value })
  }

  async #lookAgain({ number, keyId, sealed, attempts }: ClaimRow): Promise<void> {
    const { store, vault, book } = this.#context
    const entry = book.of(number)
    const opened = entry && (await openEntry(this.#context, entry))
    if (!opened) return store.dropClaims(number)
    await store.delayClaim({ number, keyId }, this.#now() + delayAfter(attempts + 1))
    const { kind } = decodeEscrowMessage(vault.open(sealed, placeOf(opened.row.id)))
    if (kind.case === 'claim') await this.#claim(opened, kind.value)
  }

  /** Unix seconds. */
  #now(): number {
    return Math.floor(this.#context.clock())
  }
}

type Escrowed = { readonly recipient: Uint8Array; readonly letter: Uint8Array; readonly networkId: Uint8Array }

/** Whether the account that a letter is for has signed it: nobody else learns what became of it, or uses up the refusals. */
const isReleaseOf = (release: Claim['release'], { recipient, letter, networkId }: Escrowed): boolean =>
  release !== undefined &&
  equalBytes(release.account, recipient) &&
  release.letters.some((name) => equalBytes(name, letter)) &&
  isReleased(networkId, release)

const placeOf = (id: Uint8Array): Uint8Array => concatBytes(utf8('claim'), id)

/** What a message says; undefined where it is none of this channel's. */
function kindOf(channel: Entry, message: Uint8Array): EscrowMessage['kind'] | undefined {
  try {
    return openOnChannel(message, channel).kind
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}
