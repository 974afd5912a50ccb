import type { Clock } from '../plugins/clock.ts'

/**
 * For so many seconds a stream that ended can be replaced by others. Stock clients end their stream and open one with
 * a topic more as soon as they hear of that topic, and open one again a second after a connection was lost.
 */
export const replaceSeconds = 5

/** Characters of topics that are remembered: of one caller, more than 10,000 of the usual topics have; and of all. */
const most = { caller: 2_000_000, all: 32_000_000 }

/** How far a stream has come: where one goes on that takes its place. */
export type Place = {
  /** Everything on its topics up to this sequence was sent. */
  readonly after: bigint
  /** Invitations that were sent a moment ago, oldest first: of some its reader may not have heard. */
  readonly told: readonly Told[]
}

/** An invitation that was sent, and when (unix seconds). */
export type Told = { readonly sequence: bigint; readonly at: number }

/** A stream whose place another takes: what it listened to, and how far it came. */
export type Replaced = { readonly topics: readonly string[]; readonly place: Place }

/** A stream that is open: what it listens to, and how far it has come by now. */
export type Present = { readonly caller: string; readonly topics: readonly string[]; readonly place: () => Place }

/** The streams that ended a moment ago, and those that are open: stock clients open the next one before they end the last. */
export type Departures = {
  /** A stream has begun; answers what to call at its end. */
  begin(present: Present): (place: Place) => void
  /**
   * Whose place a new stream takes: that of the one with most topics which listened to nothing else, and has the same caller.
   * It is left for others: several share an address, and whoever asks first may not be whom the place is meant for.
   */
  take(caller: string, topics: readonly string[]): Replaced | undefined
}

type Remembered = Replaced & { readonly caller: string; readonly at: number; readonly size: number }

export function createDepartures(clock: Clock): Departures {
  let remembered: Remembered[] = []
  const open = createOpenStreams()

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

  function add(departure: Replaced & { readonly caller: string }): void {
    const size = departure.topics.reduce((sum, { length }) => sum + length, perStream)
    remembered.unshift({ ...departure, at: clock(), size })
    forget()
  }

  return {
    begin(present) {
      const end = open.add(present)
      return (place) => {
        end()
        add({ ...present, place })
      }
    },
    take(caller, topics) {
      forget()
      const own = remembered.filter((one) => one.caller === caller)
      const present = open.of(caller)
      if (own.length === 0 && present.length === 0) return undefined
      const wanted = new Set(topics)
      const gone = largestWithin(own, wanted)
      const still = largestWithin(present, wanted, wanted.size - 1) // who wants no more has no reason to leave it
      if (!still || (gone && gone.topics.length >= still.topics.length)) return gone
      return { topics: still.topics, place: still.place() }
    },
  }
}

/** Streams that are open, by their callers. */
function createOpenStreams() {
  const byCaller = new Map<string, Set<Present>>()
  return {
    of: (caller: string): readonly Present[] => newestOf(byCaller.get(caller) ?? []),
    add(present: Present) {
      const { caller } = present
      const streams = byCaller.get(caller) ?? new Set()
      byCaller.set(caller, streams.add(present))
      return () => {
        streams.delete(present)
        if (streams.size === 0 && byCaller.get(caller) === streams) byCaller.delete(caller)
      }
    },
  }
}

/** So many topics of a caller's open streams are looked through, the newest streams first. */
const mostLookedThrough = 20_000

function newestOf(streams: Iterable<Present>): Present[] {
  let topics = 0
  const newest = [...streams].reverse()
  const end = newest.findIndex((stream) => {
    topics += stream.topics.length
    return topics > mostLookedThrough
  })
  return end < 0 ? newest : newest.slice(0, end)
}

/** Of several the one with most topics, all of which are wanted, and not more than so many. */
const largestWithin = <T extends { readonly topics: readonly string[] }>(
  list: readonly T[],
  wanted: ReadonlySet<string>,
  most = wanted.size,
): T | undefined =>
  list
    .filter((one) => one.topics.length <= most && one.topics.every((topic) => wanted.has(topic)))
    .reduce<T | undefined>((a, b) => (a && a.topics.length >= b.topics.length ? a : b), undefined)

/** As if each had so many characters more: at most 200 of one caller are looked through. */
const perStream = 10_000
