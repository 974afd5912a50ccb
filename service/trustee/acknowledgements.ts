import { pause } from '@pennypost/sdk/async'
import { decodeDeposit } from '@pennypost/sdk/codec'
import type { Entry } from './book.ts'
import type { Channels } from './channels.ts'
import type { Context } from './context.ts'
import type { Send } from './send.ts'

/** Tells depositors that what they deposited is held. */
export type Acknowledgements = {
  /** Has one published soon, once its channel is listened to. */
  add(entry: Entry): void
  /** Adds all that were not published yet. */
  addMissing(): void
  /** Ends when the trustee does. */
  run(): Promise<void>
}

/** Between two times that channels are added to a subscription. */
const pacing = 1_000
const atOnce = 8

type Edges = { readonly channels: Pick<Channels, 'listen'>; readonly send: Send }

export function createAcknowledgements(
  { account, store, vault, book, metrics, signal }: Context,
  { channels, send }: Edges,
): Acknowledgements {
  const waiting = new Set<Entry>()
  let wake = () => {}

  async function publish(entry: Entry): Promise<void> {
    const row = await store.deposit(entry.number)
    if (row?.state !== 'held') return
    const deposit = decodeDeposit(vault.open(row.sealed, row.id))
    if (!(await send(deposit, account.acknowledge(deposit)))) return
    metrics.acknowledged.inc()
    if (!entry.isAcknowledged) await store.acknowledged(entry.number)
    entry.isAcknowledged = true
  }

  async function step(): Promise<void> {
    const entries = [...waiting]
    waiting.clear()
    await channels.listen(entries)
    for (let start = 0; start < entries.length; start += atOnce)
      await Promise.all(entries.slice(start, start + atOnce).map(publish))
  }

  return {
    add(entry) {
      waiting.add(entry)
      wake()
    },
    addMissing() {
      for (const entry of book.all()) if (!entry.isAcknowledged) waiting.add(entry)
      wake()
    },
    async run() {
      while (!signal.aborted) {
        if (waiting.size === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve
            signal.addEventListener('abort', () => resolve(), { once: true })
          })
          continue
        }
        await step()
        await pause(pacing, signal)
      }
    },
  }
}
