import type { Clock } from '../plugins/clock.ts'

/**
 * For so many seconds a stream that ended can be replaced by another one. Stock clients end their stream and open one with
 * a topic more as soon as they hear of that topic, and open one again a second after a connection was lost.
 */
export const replaceSeconds = 5

/** Characters of topics that are remembered: of one caller, more than 10,000 of the usual topics have; and of all. */
const most = { caller: 2_000_000, all: 32_000_000 }

/** A stream that has ended: what it listened to, and the sequence after which one goes on that takes its place. */
export type Departure = { readonly caller: string; readonly topics: readonly string[]; readonly after: bigint }

/** The streams that ended a moment ago. */
export type Departures = {
  add(departure: Departure): void
  /** Where a new stream goes on that listens to all which one of the same caller did. Each is replaced once. */
  take(caller: string, topics: readonly string[]): bigint | undefined
}

type Remembered = Departure & { readonly at: number; readonly size: number }

export function createDepartures(clock: Clock): Departures {
  let remembered: Remembered[] = []

  /** Keeps the newest, within the time and the bounds. */
  function forget(): void {
    const since = clock() - replaceSeconds
    const sizes = new Map<string, number>()
    let all = 0
    remembered = remembered.filter(({ caller, at, size }) => {
      const ofCaller = (sizes.get(caller) ?? 0) + size
      if (at < since || ofCaller > most.caller || all + size > most.all) return false
      sizes.set(caller, ofCaller)
      all += size
      return true
    })
  }

  return {
    add(departure) {
      const size = departure.topics.reduce((sum, { length }) => sum + length, perStream)
      remembered.unshift({ ...departure, at: clock(), size })
      forget()
    },
    take(caller, topics) {
      forget()
      const own = remembered.filter((one) => one.caller === caller)
      if (own.length === 0) return undefined
      const wanted = new Set(topics)
      const replaced = own
        .filter((one) => one.topics.every((topic) => wanted.has(topic)))
        .reduce<Remembered | undefined>((a, b) => (a && a.topics.length >= b.topics.length ? a : b), undefined)
      remembered = remembered.filter((one) => one !== replaced)
      return replaced?.after
    },
  }
}

/** As if each had so many characters more: at most 200 of one caller are looked through. */
const perStream = 10_000
