import type { Clock } from '../plugins/clock.ts'

/** How often somebody may do, a minute, what is expensive to check or free to keep. */
export type Budget = { isSpent(who: string): boolean; spend(who: string): void }

const maxCallers = 100_000

/** Counts by caller; forgets everybody each minute, so that the table stays small. */
export function createBudget({ perMinute, clock }: { perMinute: number; clock: Clock }): Budget {
  let minute = 0
  const spent = new Map<string, number>()

  function countOf(who: string): number {
    const current = Math.floor(clock() / 60)
    if (current !== minute || spent.size > maxCallers) spent.clear()
    minute = current
    return spent.get(who) ?? 0
  }

  return {
    isSpent: (who) => countOf(who) >= perMinute,
    spend: (who) => spent.set(who, countOf(who) + 1),
  }
}
