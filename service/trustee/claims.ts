import {
  type Deposit,
  decodeDeposit,
  decodeEscrowMessage,
  type EscrowMessage,
  type EscrowMessageInit,
  encodeDeposit,
  encodeEscrowMessage,
} from '@pennypost/sdk/codec'
import { concatBytes, equalBytes, randomBytes, toAddress, utf8 } from '@pennypost/sdk/crypto'
import { answerClaim, type Claim, claimKeyId, isChange, isClaimBundle, openOnChannel } from '@pennypost/sdk/escrow'
import { BaseError } from '@pennypost/sdk/verifier'
import type { Entry } from './book.ts'
import { isEnd } from './check-deposit.ts'
import type { Context } from './context.ts'
import type { Send } from './send.ts'
import type { AnswerRow, ClaimRow, DepositRow } from './store/index.ts'

type Change = Extract<EscrowMessage['kind'], { case: 'change' }>['value']
type Opened = { readonly entry: Entry; readonly row: DepositRow; readonly deposit: Deposit }

/** Works on what comes on channels. */
export type Claims = {
  /** What lies on the channel of a deposit. Repeated, it does the same again. */
  receive(entry: Entry, message: Uint8Array): Promise<void>
  /** Publishes what was decided and did not get out, and looks again at claims that could not be answered. */
  again(): Promise<void>
  /** Forgets what was said on channels lately. */
  forget(): void
}

/** Refusals said on one channel in one run: who asks in vain costs no more than that. */
const mostRefusals = 8
/** So long a repeated claim waits for the answer to be repeated, in seconds. */
const repeatSeconds = 60
const [firstDelay, longestDelay] = [60, 3_600]
const mostAtOnce = 100

export function createClaims(context: Context, send: Send): Claims {
  const { account, store, vault, book, config, metrics, clock, signal } = context
  const refusals = new Map<number, Set<string>>()
  const repeated = new Map<number, number>()

  async function open(entry: Entry): Promise<Opened | undefined> {
    const row = await store.deposit(entry.number)
    return row && { entry, row, deposit: decodeDeposit(vault.open(row.sealed, row.id)) }
  }

  async function receive(entry: Entry, message: Uint8Array): Promise<void> {
    const kind = kindOf(entry, message)
    if (kind?.case !== 'claim' && kind?.case !== 'change') {
      if (!kind) metrics.garbage.inc()
      return
    }
    const opened = await open(entry)
    if (opened) await (kind.case === 'claim' ? claim(opened, kind.value) : change(opened, kind.value))
  }

  async function claim(opened: Opened, asked: Claim): Promise<void> {
    const { row, deposit } = opened
    const keyId = claimKeyId(asked.release?.identityKey ?? new Uint8Array())
    const isKeyed = asked.release !== undefined
    if (row.state === 'withdrawn') return refuse(opened, { code: 'escrow.withdrawn', keyId })
    const given = await store.answer(row.number)
    if (given && isKeyed && equalBytes(given.keyId, keyId)) return repeat(opened, given)
    if (given) return refuse(opened, { code: 'escrow.released', keyId })
    const held = { ...deposit, expiresAt: row.expiresAt }
    const answer = await answerClaim(held, asked, {
      networkId: account.networkId,
      now: clock(),
      publishedKey: () => account.publishedKey(toAddress(deposit.recipient), signal),
      unmet: async () => undefined, // deposits with a condition are not taken
      random: randomBytes,
    })
    if (answer.case === 'share') return release(opened, answer, keyId)
    if (answer.case !== 'refused') return
    const code = answer.value.code ?? 'release.invalid'
    if (code === 'release.key-unknown' && isClaimBundle(asked, deposit.recipient)) await keep(row, asked, keyId)
    await refuse(opened, { code, keyId })
  }

  /** Kept first, so that whoever asks again, in whatever run, gets this very answer. */
  async function release({ row, deposit }: Opened, answer: EscrowMessageInit, keyId: Uint8Array): Promise<void> {
    const { number, id } = row
    const sealed = vault.seal(encodeEscrowMessage(answer), placeOf('answer', id))
    const emptied = vault.seal(encodeDeposit({ ...deposit, share: new Uint8Array() }), id)
    if (!(await store.release({ number, keyId, sealed }, emptied))) return
    metrics.answered.inc()
    if (await send(deposit, answer)) await store.published(number)
  }

  async function repeat({ row, deposit }: Opened, given: AnswerRow): Promise<void> {
    const last = repeated.get(row.number)
    if (last !== undefined && clock() < last + repeatSeconds) return
    repeated.set(row.number, clock())
    if (await send(deposit, answerOf(given, row))) await store.published(row.number)
  }

  function answerOf({ sealed }: AnswerRow, { id }: DepositRow): EscrowMessageInit {
    const { kind } = decodeEscrowMessage(vault.open(sealed, placeOf('answer', id)))
    return kind as EscrowMessageInit
  }

  async function keep({ number, id }: DepositRow, asked: Claim, keyId: Uint8Array): Promise<void> {
    const bytes = encodeEscrowMessage({ case: 'claim', value: asked })
    await store.keepClaim(
      { number, keyId, sealed: vault.seal(bytes, placeOf('claim', id)) },
      clockSeconds() + firstDelay,
    )
  }

  async function refuse({ entry, deposit }: Opened, value: { code: string; keyId: Uint8Array }): Promise<void> {
    metrics.claimsRefused.inc({ code: value.code })
    const said = refusals.get(entry.number) ?? new Set()
    const key = `${value.code} ${value.keyId}`
    if (said.has(key) || said.size >= mostRefusals) return
    refusals.set(entry.number, said.add(key))
    await send(deposit, { case: 'refused', value })
  }

  async function change({ row, deposit }: Opened, { expiresAt, version, signature }: Change): Promise<void> {
    const { letter, depositor } = deposit
    if (row.state !== 'held' || version <= row.version) return
    if (expiresAt !== 0n && !isEnd(expiresAt, { now: clock(), ...config })) return
    if (!isChange(account.networkId, { letter, expiresAt, version, signature }, depositor)) return
    const emptied = () => vault.seal(encodeDeposit({ ...deposit, share: new Uint8Array() }), row.id)
    const isDone = await store.change(
      row.number,
      expiresAt === 0n ? { version, emptied: emptied() } : { version, expiresAt },
    )
    if (isDone) metrics.changed.inc()
  }

  async function again(): Promise<void> {
    for (const { number, ...given } of await store.unpublished(mostAtOnce)) {
      const entry = book.of(number)
      const opened = entry && (await open(entry))
      const answer = opened && answerOf({ ...given, number }, opened.row)
      if (answer && (await send(opened.deposit, answer))) await store.published(number)
    }
    for (const due of await store.dueClaims(clockSeconds(), mostAtOnce)) await lookAgain(due)
  }

  async function lookAgain({ number, keyId, sealed, attempts }: ClaimRow): Promise<void> {
    const entry = book.of(number)
    const opened = entry && (await open(entry))
    if (!opened) return store.dropClaims(number)
    await store.delayClaim({ number, keyId }, clockSeconds() + Math.min(longestDelay, firstDelay * 2 ** attempts))
    const { kind } = decodeEscrowMessage(vault.open(sealed, placeOf('claim', opened.row.id)))
    if (kind.case === 'claim') await claim(opened, kind.value)
  }

  const clockSeconds = (): number => Math.floor(clock())
  return {
    receive,
    again,
    forget() {
      refusals.clear()
      repeated.clear()
    },
  }
}

const placeOf = (what: string, id: Uint8Array): Uint8Array => concatBytes(utf8(what), id)

/** What a message says; undefined where it is none of this channel's. */
function kindOf(channel: Entry, message: Uint8Array): EscrowMessage['kind'] | undefined {
  try {
    return openOnChannel(message, channel).kind
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}
