/** Runs a task when it is its turn; one that is asked to be patient lets those pass that come so many milliseconds later. */
export type Turns = <T>(task: () => Promise<T>, patienceMs: number) => Promise<T>

type Waiting = { readonly due: number; readonly run: () => Promise<void> }

/** Tasks run so long one after the other before the event loop has its turn. */
const holdMs = 4

/**
 * Runs one task at a time: of those that wait, the one that is due first. Whoever asks for more has more patience, so that
 * a small question waits for the task that runs, and not for all large ones that came before it; a large one waits no longer
 * than its patience for those that come after it.
 */
export function createTurns(now: () => number = () => performance.now()): Turns {
  const waiting: Waiting[] = []
  let isRunning = false

  async function runAll(): Promise<void> {
    isRunning = true
    let since = now()
    for (let next = takeFirst(waiting); next; next = takeFirst(waiting)) {
      await next.run()
      if (now() - since < holdMs) continue
      await new Promise(setImmediate)
      since = now()
    }
    isRunning = false
  }

  return (task, patienceMs) =>
    new Promise((resolve, reject) => {
      waiting.push({ due: now() + patienceMs, run: async () => task().then(resolve, reject) })
      if (!isRunning) void runAll()
    })
}

/** The one that is due first; of several, that which came first. */
function takeFirst(waiting: Waiting[]): Waiting | undefined {
  const first = waiting.reduce((best, { due }, i) => (due < (waiting[best]?.due ?? 0) ? i : best), 0)
  return waiting.splice(first, 1)[0]
}
