import type { Deposit } from '@pennypost/sdk/codec'
import type { DepositRow } from './store/index.ts'
import type { Vault } from './vault.ts'

/** What is remembered of a deposit while the process runs: as much as it takes to tell garbage from what is meant for it. */
export type Entry = {
  readonly number: number
  /** Blinded, hex. */
  readonly id: string
  readonly recipient: string
  readonly topic: string
  /** Of the channel, 32 bytes. */
  readonly key: Uint8Array
  isAcknowledged: boolean
  /** Of the newest change that this run has refused. */
  refusedVersion?: number
}

/** All deposits there are, by their channels. */
export type Book = {
  readonly size: number
  at(topic: string): Entry | undefined
  of(number: number): Entry | undefined
  countOf(recipient: string): number
  all(): IterableIterator<Entry>
  add(entry: Entry): void
  remove(number: number): Entry | undefined
}

export function createBook(): Book {
  const byTopic = new Map<string, Entry>()
  const byNumber = new Map<number, Entry>()
  const counts = new Map<string, number>()
  const countOf = (recipient: string): number => counts.get(recipient) ?? 0
  return {
    get size() {
      return byTopic.size
    },
    at: (topic) => byTopic.get(topic),
    of: (number) => byNumber.get(number),
    countOf,
    all: () => byTopic.values(),
    add(entry) {
      byTopic.set(entry.topic, entry)
      byNumber.set(entry.number, entry)
      counts.set(entry.recipient, countOf(entry.recipient) + 1)
    },
    remove(number) {
      const entry = byNumber.get(number)
      if (!entry) return undefined
      byNumber.delete(number)
      byTopic.delete(entry.topic)
      const left = countOf(entry.recipient) - 1
      if (left > 0) counts.set(entry.recipient, left)
      else counts.delete(entry.recipient)
      return entry
    },
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** The columns that a deposit is found by. */
export const columnsOf = (vault: Vault, deposit: Pick<Deposit, 'lane' | 'recipient'>, encoded: Uint8Array) => ({
  id: vault.blind('deposit', encoded),
  channel: vault.blind('channel', new TextEncoder().encode(deposit.lane?.topic)),
  recipient: vault.blind('recipient', deposit.recipient),
})

export const entryOf = (
  { number, id, recipient, isAcknowledged }: Pick<DepositRow, 'number' | 'id' | 'recipient' | 'isAcknowledged'>,
  { lane, key }: Pick<Deposit, 'lane' | 'key'>,
): Entry => ({ number, id: hex(id), recipient: hex(recipient), topic: lane?.topic ?? '', key, isAcknowledged })
