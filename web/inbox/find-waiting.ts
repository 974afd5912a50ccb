import type { Client } from '@pennypost/sdk'
import { type ReadonlySignal, signal } from '@preact/signals'
import type { Waiting, WaitingEdges } from './watch-waiting.ts'

/** Milliseconds until the node is asked again that could not be. */
const patienceMs = 5_000

/**
 * Looks once whether there are letters from before the account had keys, and signs nothing. Few accounts have any: what watches them
 * comes where there are some.
 */
export function findWaiting(
  client: Pick<Client, 'unattended'>,
  edges: WaitingEdges,
): ReadonlySignal<Waiting | undefined> {
  const waiting = signal<Waiting | undefined>(undefined)
  const { over } = edges
  const find = async () => {
    const letters = await client.unattended.list({ signal: over })
    if (letters.length > 0 && !over.aborted)
      waiting.value = (await import('./watch-waiting.ts')).watchWaiting(client, letters, edges)
  }
  const tryIt = () => {
    if (!over.aborted) find().catch(() => setTimeout(tryIt, patienceMs)) // that the node is gone is said elsewhere
  }
  tryIt()
  return waiting
}
