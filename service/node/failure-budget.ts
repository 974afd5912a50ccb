/** How often somebody may fail in what is expensive to check, a minute. */
export type FailureBudget = { isSpent(who: string): boolean; spend(who: string): void }

/** Counts failures by caller; forgets them every minute, so that the table stays small. */
export function createFailureBudget({ perMinute, clock }: { perMinute: number; clock: () => number }): FailureBudget {
  let minute = 0
  const failures = new Map<string, number>()

  function countOf(who: string): number {
    const current = Math.floor(clock() / 60)
    if (current !== minute) failures.clear()
    minute = current
    return failures.get(who) ?? 0
  }

  return {
    isSpent: (who) => countOf(who) >= perMinute,
    spend: (who) => failures.set(who, countOf(who) + 1),
  }
}
