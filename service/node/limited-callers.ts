import type { Clock } from '../plugins/clock.ts'

/** Counts whom the limits meet, without telling who they are. */
export type LimitedCallers = {
  note(caller: string): void
  /** How many different ones, in this minute so far or the one before, whichever are more. */
  count(): number
}

const most = 100_000

export function createLimitedCallers(clock: Clock): LimitedCallers {
  let minute = 0
  let [before, now] = [0, new Set<string>()]

  function turn(): void {
    const current = Math.floor(clock() / 60)
    if (current === minute) return
    before = current === minute + 1 ? now.size : 0
    now = new Set()
    minute = current
  }

  return {
    note(caller) {
      turn()
      if (now.size < most) now.add(caller)
    },
    count() {
      turn()
      return Math.max(before, now.size)
    },
  }
}
