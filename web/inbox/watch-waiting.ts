import type { Client } from '@pennypost/sdk'
import { effect, type ReadonlySignal, signal } from '@preact/signals'

/** A letter that was written before the account had keys, and cannot be opened yet. */
export type WaitingLetter = Awaited<ReturnType<Client['unattended']['list']>>[number]

/** Letters that were written before the account had keys. */
export type Waiting = {
  /** Those that cannot be opened yet, and who was asked for their keys. */
  readonly letters: ReadonlySignal<readonly WaitingLetter[]>
  /** Has the wallet sign once for all of them, and asks whoever keeps their keys. */
  readonly open: () => Promise<void>
}

export type WaitingEdges = {
  /** Changes when the client has told of them. */
  readonly news: ReadonlySignal<unknown>
  readonly over: AbortSignal
  /** Some of them were opened. */
  readonly onOpened: () => void
}

/** Milliseconds between two looks: of an answer that opens nothing yet the client does not tell. They ask nobody. */
const lookMs = 2_000

/** Shows what becomes of them. */
export function watchWaiting(
  { unattended }: Pick<Client, 'unattended'>,
  found: readonly WaitingLetter[],
  { news, over, onOpened }: WaitingEdges,
): Waiting {
  const letters = signal(found)
  const look = async () => {
    const left = await unattended.list({ signal: over }).catch(() => undefined)
    if (!left || over.aborted) return
    const isFewer = left.length < letters.peek().length
    letters.value = left
    if (isFewer) onOpened()
    if (left.length === 0) stop()
  }
  const looking = setInterval(look, lookMs)
  const unhear = effect(() => {
    void news.value
    void look()
  })
  const stop = () => {
    clearInterval(looking)
    unhear()
  }
  over.addEventListener('abort', stop)
  return { letters, open: () => unattended.open({ signal: over }) }
}
