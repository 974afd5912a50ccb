import type { ReceivedDeposit } from '@pennypost/sdk'
import { type Deposit, encodeDeposit } from '@pennypost/sdk/codec'
import { toHex } from '@pennypost/sdk/crypto'
import { columnsOf, type Entry, entryOf } from './book.ts'
import { type DepositRefusalCode, refusalOf } from './check-deposit.ts'
import type { Context } from './context.ts'

/** Takes in what comes in letters. */
export type Deposits = {
  /** Checks, stores, and has acknowledged what a letter brought. Throws where it could not be stored. */
  receive(received: ReceivedDeposit): Promise<void>
  /** Keeps how far letters were read. */
  save(): Promise<void>
}

type Edges = {
  /** Has a deposit acknowledged, once its channel is listened to. */
  readonly acknowledge: (entry: Entry) => void
  /** Says on its channel why a deposit is not held. */
  readonly refuse: (deposit: Deposit, code: DepositRefusalCode) => void
}

/** Letters that hold no deposit are read again after a fault, up to so many. */
const mostUnsaved = 100

export function createDeposits(context: Context, { acknowledge, refuse }: Edges): Deposits {
  const { store, book, metrics } = context
  const name = lettersOf(context)
  let unsaved = 0
  let last = 0n

  async function save(): Promise<void> {
    if (last > 0n) await store.keepPosition({ name, sequence: last })
    unsaved = 0
  }

  async function take({ deposit, encoded, columns }: Weighed, sequence: bigint): Promise<void> {
    const sealed = context.vault.seal(encoded, columns.id)
    const { expiresAt } = deposit
    const number = await store.add({ ...columns, expiresAt, sealed }, { name, sequence })
    if (number === undefined) return
    const entry = entryOf({ ...columns, number, isAcknowledged: false }, deposit)
    book.add(entry)
    metrics.taken.inc()
    metrics.deposits.set(book.size)
    acknowledge(entry)
  }

  async function decide(deposit: Deposit, sequence: bigint): Promise<void> {
    const weighed = weigh(context, deposit)
    if (weighed.verdict === 'new') return take(weighed, sequence)
    if (typeof weighed.verdict === 'object') return acknowledge(weighed.verdict)
    metrics.refused.inc({ code: weighed.verdict })
    refuse(deposit, weighed.verdict)
  }

  return {
    save,
    async receive({ sequence, deposit }) {
      if (deposit) await decide(deposit, sequence)
      else metrics.ignored.inc()
      last = sequence
      if (++unsaved >= mostUnsaved) await save()
    },
  }
}

type Weighed = ReturnType<typeof weigh>

/** What a deposit is: new, the same as one that is held, or refused by a code. */
function weigh({ vault, book, config, clock }: Context, deposit: Deposit) {
  const encoded = encodeDeposit(deposit)
  const columns = columnsOf(vault, deposit, encoded)
  const known = book.at(deposit.lane?.topic ?? '')
  const isFull = book.size >= config.mostDeposits || book.countOf(toHex(columns.recipient)) >= config.mostOfRecipient
  const verdictOf = (): Entry | DepositRefusalCode | 'new' => {
    if (known) return known.id === toHex(columns.id) ? known : 'deposit.taken'
    return refusalOf(deposit, { now: clock(), ...config }) ?? (isFull ? 'deposit.full' : 'new')
  }
  return { deposit, encoded, columns, verdict: verdictOf() }
}

/** Under what it is kept how far letters were read: another node numbers them otherwise. */
export const lettersOf = ({ account }: Pick<Context, 'account'>): string => `letters ${toHex(account.nodeKey)}`
