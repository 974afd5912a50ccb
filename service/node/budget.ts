import type { Clock } from '../plugins/clock.ts'

/** How often somebody may do, a minute, what is expensive to check or free to keep. */
export type Budget = {
  /** How much of this minute's is gone. */
  spent(who: string): number
  spend(who: string, count: number): void
  /** Spends one or several, unless fewer are left. */
  take(who: string, count?: number): boolean
}

const maxCallers = 100_000

/** Counts by caller; forgets everybody each minute, so that the table stays small. */
export function createBudget({ perMinute, clock }: { perMinute: number; clock: Clock }): Budget {
  let minute = 0
  const counts = new Map<string, number>()

  function spent(who: string): number {
    const current = Math.floor(clock() / 60)
    if (current !== minute || counts.size > maxCallers) counts.clear()
    minute = current
    return counts.get(who) ?? 0
  }

  const spend = (who: string, count: number): void => void counts.set(who, spent(who) + count)

  return {
    spent,
    spend,
    take(who, count = 1) {
      if (spent(who) + count > perMinute) return false
      spend(who, count)
      return true
    },
  }
}
