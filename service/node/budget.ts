import type { Clock } from '../plugins/clock.ts'

/** How often somebody may do, a minute, what is expensive to check or free to keep. */
export type Budget = {
  /** How much of it is gone. */
  spent(who: string): number
  spend(who: string, count: number): void
  /** Spends one or several, unless fewer are left. */
  take(who: string, count?: number): boolean
}

const maxCallers = 100_000

/**
 * Counts by caller. What is spent comes back steadily, all of it in a minute: at the turn of one, all whom it has stopped
 * would go on at the same moment.
 */
export function createBudget({ perMinute, clock }: { perMinute: number; clock: Clock }): Budget {
  const callers = new Map<string, { spent: number; at: number }>()
  let sweptAt = clock()

  function spent(who: string): number {
    const entry = callers.get(who)
    if (!entry) return 0
    const now = clock()
    entry.at = Math.min(entry.at, now) // a clock that was put back must not keep anybody waiting for what it said before
    return Math.max(0, entry.spent - (perMinute * (now - entry.at)) / 60)
  }

  function spend(who: string, count: number): void {
    if (perMinute === Infinity) return
    callers.set(who, { spent: spent(who) + count, at: clock() })
    if (clock() - sweptAt >= 60 || callers.size > maxCallers) sweep()
  }

  /** Forgets who has all of it again; everybody, where they are too many. */
  function sweep(): void {
    sweptAt = clock()
    for (const who of callers.keys()) if (callers.size > maxCallers || spent(who) === 0) callers.delete(who)
  }

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
