import type { FactScanKey, FactStore } from '../store/index.ts'

/** A look that takes many turns: others look in between, and what is kept of it outlives the process. */
export type Scan = {
  /** Where it was left off; undefined where it begins. */
  readonly kept: string | undefined
  /** Whether it is the turn of others; then the place is kept, and the look goes on from there. */
  leaveOff(place: string): Promise<boolean>
}

/** Says that a look is left off, and goes on in its next turn. */
export const leftOff = 'left-off'
export type LeftOff = typeof leftOff

type Options = { readonly store: FactStore; readonly key: FactScanKey; readonly turnMs: number }

/** Runs one turn of a look; what was kept of it is forgotten when it is over. */
export async function takeTurn<T>({ store, key, turnMs }: Options, look: (scan: Scan) => Promise<T>): Promise<T> {
  const until = performance.now() + turnMs
  const kept = await store.factScan(key)
  const judged = await look({
    kept,
    async leaveOff(place) {
      if (performance.now() < until) return false
      await store.keepFactScan(key, place)
      return true
    },
  })
  if (kept !== undefined && judged !== leftOff) await store.dropFactScan(key)
  return judged
}
