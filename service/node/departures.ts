import type { Clock } from '../plugins/clock.ts'

/**
 * For so many seconds a stream that ended can be replaced by another one. Stock clients end their stream and open one with
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

/** A stream whose place is taken: what it listened to, and how far it came. */
export type Replaced = { readonly topics: readonly string[]; readonly place: Place }

/** A stream that is open: what it listens to, and how far it has come by now. */
export type Present = { readonly caller: string; readonly topics: readonly string[]; readonly place: () => Place }

/** The streams that ended a moment ago, and those that are open: stock clients open the next one before they end the last. */
export type Departures = {
  /** A stream has begun; answers what to call at its end. */
  begin(present: Present): (place: Place) => void
  /** Whose place a new stream takes: one's that listened to nothing else, and has the same caller. Each is replaced once. */
  take(caller: string, topics: readonly string[]): Replaced | undefined
}

type Remembered = Replaced & { readonly caller: string; readonly at: number; readonly size: number }

export function createDepartures(clock: Clock): Departures {
  let remembered: Remembered[] = []
  const open = createOpenStreams(clock)

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
        if (!end().isReplaced) add({ ...present, place })
      }
    },
    take(caller, topics) {
      forget()
      const own = remembered.filter((one) => one.caller === caller)
      if (own.length === 0 && !open.isAnyOf(caller)) return undefined
      const wanted = new Set(topics)
      const replaced = largestWithin(own, wanted)
      remembered = remembered.filter((one) => one !== replaced)
      return replaced ?? open.take(caller, wanted)
    },
  }
}

/** Streams that are open. One with more topics may take the place of each, once, and is then what its reader goes on with. */
function createOpenStreams(clock: Clock) {
  const byCaller = new Map<string, Set<Opened>>()
  return {
    isAnyOf: (caller: string): boolean => byCaller.has(caller),
    add({ caller, topics, place }: Present) {
      const opened: Opened = { topics, place, replacedAt: undefined }
      const streams = byCaller.get(caller) ?? new Set()
      byCaller.set(caller, streams.add(opened))
      return () => {
        streams.delete(opened)
        if (streams.size === 0 && byCaller.get(caller) === streams) byCaller.delete(caller)
        return { isReplaced: opened.replacedAt !== undefined && clock() - opened.replacedAt <= replaceSeconds }
      }
    },
    take(caller: string, wanted: ReadonlySet<string>): Replaced | undefined {
      const free = newestOf(byCaller.get(caller) ?? []).filter(
        ({ topics, replacedAt }) => replacedAt === undefined && topics.length < wanted.size,
      )
      const replaced = largestWithin(free, wanted)
      if (replaced) replaced.replacedAt = clock()
      return replaced && { topics: replaced.topics, place: replaced.place() }
    },
  }
}

/** So many topics of a caller's open streams are looked through, the newest streams first. */
const mostLookedThrough = 20_000

function newestOf(streams: Iterable<Opened>): Opened[] {
  let topics = 0
  const newest = [...streams].reverse()
  const end = newest.findIndex((stream) => {
    topics += stream.topics.length
    return topics > mostLookedThrough
  })
  return end < 0 ? newest : newest.slice(0, end)
}

type Opened = Pick<Present, 'topics' | 'place'> & { replacedAt: number | undefined }

/** Of several the one with most topics, all of which are wanted. */
const largestWithin = <T extends { readonly topics: readonly string[] }>(
  list: readonly T[],
  wanted: ReadonlySet<string>,
): T | undefined =>
  list
    .filter((one) => one.topics.length <= wanted.size && one.topics.every((topic) => wanted.has(topic)))
    .reduce<T | undefined>((a, b) => (a && a.topics.length >= b.topics.length ? a : b), undefined)

/** As if each had so many characters more: at most 200 of one caller are looked through. */
const perStream = 10_000
