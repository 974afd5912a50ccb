/** A clock that stands still while real work is done, and jumps from one sleeper to the next. */
export type VirtualTime = {
  /** Unix seconds, with fractions. */
  now(): number
  /** Waits in virtual time; rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Real work that time waits for. */
  whileBusy<T>(work: () => Promise<T>): Promise<T>
  /** Says that something has just happened which other work may follow. */
  touch(): void
  /** Lets time pass to a moment, in unix seconds. */
  run(untilSeconds: number): Promise<void>
  advance(seconds: number): Promise<void>
  /** Lets time pass until a promise is settled, and answers it. */
  drive<T>(work: Promise<T>): Promise<T>
}

type Sleeper = { readonly at: number; readonly order: number; readonly wake: () => void }

/** Turns of the event loop without any event after which nothing real is under way. */
const quietTurns = 4
/** Real milliseconds after which work that does not end is a fault of the test. */
const longestWorkMs = 20_000

/** Virtual time from a moment in unix seconds. Sleepers wake in the order of their times, one after the other. */
export function createVirtualTime(startSeconds: number): VirtualTime {
  const sleepers: Sleeper[] = []
  let nowMs = startSeconds * 1000
  let [order, events, busy] = [0, 0, 0]

  function insert(sleeper: Sleeper): void {
    const later = sleepers.findLastIndex(({ at }) => at <= sleeper.at)
    sleepers.splice(later + 1, 0, sleeper)
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    events++
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => {
        sleepers.splice(sleepers.indexOf(sleeper), 1)
        reject(signal?.reason)
      }
      const wake = () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const sleeper = { at: nowMs + Math.max(0, ms), order: order++, wake }
      insert(sleeper)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  async function settle(): Promise<void> {
    const start = performance.now()
    for (let quiet = 0; quiet < quietTurns; ) {
      const before = events
      await new Promise(setImmediate)
      quiet = busy === 0 && events === before ? quiet + 1 : 0
      if (performance.now() - start > longestWorkMs) throw new Error('Some real work does not end.')
    }
  }

  /** Wakes the next sleeper, unless it sleeps longer than that. */
  function wakeNext(untilMs: number): boolean {
    const [next] = sleepers
    if (!next || next.at > untilMs) return false
    sleepers.shift()
    nowMs = next.at
    next.wake()
    return true
  }

  async function run(untilSeconds: number): Promise<void> {
    const untilMs = untilSeconds * 1000
    do await settle()
    while (wakeNext(untilMs))
    nowMs = Math.max(nowMs, untilMs)
  }

  return {
    now: () => nowMs / 1000,
    sleep,
    touch: () => void events++,
    run,
    advance: (seconds) => run(nowMs / 1000 + seconds),
    async whileBusy(work) {
      busy++
      try {
        return await work()
      } finally {
        busy--
        events++
      }
    },
    async drive(work) {
      let isOver = false
      const over = () => {
        isOver = true
      }
      work.then(over, over)
      for (await settle(); !isOver; await settle()) {
        if (!wakeNext(Number.POSITIVE_INFINITY)) throw new Error('Everybody waits, and nobody sleeps.')
      }
      return work
    },
  }
}
