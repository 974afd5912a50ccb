import type { Parked, ParkedKey, ParkedPlace } from './store/index.ts'

/** Bounds of what is parked, of which each caller and each wallet has its share. */
export type ParkingBounds = {
  readonly bytes: number
  readonly places: number
  readonly ofWallet: number
  readonly forRecipient: number
}

export const parkingBounds: ParkingBounds = {
  bytes: 64 * 1024 * 1024,
  places: 16_384,
  ofWallet: 100,
  forRecipient: 1000,
}

/** How long something is parked, in seconds. */
export const parkedFor = 7 * 86_400

/** The places after one more is taken, and who had to give way. */
export type Placed = { readonly places: readonly ParkedPlace[]; readonly evicted: readonly ParkedPlace[] }

/**
 * Takes a place, whoever has to give way for it: first the wallet's own oldest, then, of those for the same recipient or of
 * all, the oldest of whoever holds most. So nobody keeps another out but by holding less.
 */
export function takePlace(
  places: readonly ParkedPlace[],
  { wallet, recipient, caller, parkedAt, publish }: Parked,
  bounds: ParkingBounds = parkingBounds,
): Placed {
  const next = { wallet, recipient, caller, parkedAt, bytes: publish.length }
  const isOver = (place: ParkedPlace): boolean => place.parkedAt < parkedAt - parkedFor || isSame(place, next)
  const holders = takeHolders(places)
  const kept = places.filter((place) => !isOver(place) || holders.remove(place))
  kept.push(next)
  holders.add(next)
  const evicted: ParkedPlace[] = []
  const evict = (gone: ParkedPlace | undefined): void => {
    if (!gone) return
    evicted.push(gone)
    kept.splice(kept.indexOf(gone), 1)
    holders.remove(gone)
  }
  evict(ofWallet(kept, next, bounds.ofWallet))
  evict(forRecipient(kept, next, bounds.forRecipient))
  while (kept.length > bounds.places || holders.bytes() > bounds.bytes) evict(holders.oldestOfMost(kept))
  holdersOf.set(kept, holders)
  return { places: kept, evicted }
}

/** The places without that of a wallet and a recipient. */
export const withoutPlace = (places: readonly ParkedPlace[], gone: ParkedKey): ParkedPlace[] =>
  places.filter((place) => !isSame(place, gone))

const isSame = (a: ParkedKey, b: ParkedKey): boolean => a.recipient === b.recipient && a.wallet === b.wallet

/** Who gives way if a wallet has more than that: its oldest. */
function ofWallet(places: readonly ParkedPlace[], { wallet }: ParkedKey, most: number): ParkedPlace | undefined {
  const own = places.filter((place) => place.wallet === wallet)
  return own.length > most ? own[0] : undefined
}

/** The same of those for a recipient. */
function forRecipient(places: readonly ParkedPlace[], { recipient }: ParkedKey, most: number): ParkedPlace | undefined {
  const others = places.filter((place) => place.recipient === recipient)
  return others.length > most ? countHolders(others).oldestOfMost(others) : undefined
}

/** Who holds how much of some places. */
type Holders = {
  readonly bytes: () => number
  add(place: ParkedPlace): void
  /** Answers false: what is removed is kept no longer. */
  remove(place: ParkedPlace): false
  /** The oldest of the wallet that holds most, of those behind the address that holds most. */
  oldestOfMost(places: readonly ParkedPlace[]): ParkedPlace | undefined
}

/** Counted once for a list, and handed on to the one that is made of it: counting thousands takes a millisecond. */
const holdersOf = new WeakMap<readonly ParkedPlace[], Holders>()

function takeHolders(places: readonly ParkedPlace[]): Holders {
  const known = holdersOf.get(places)
  holdersOf.delete(places)
  return known ?? countHolders(places)
}

function countHolders(places: readonly ParkedPlace[]): Holders {
  const callers = new Map<string, { count: number; readonly wallets: Map<string, number> }>()
  let bytes = 0

  function add({ caller, wallet, bytes: more }: ParkedPlace): void {
    const of = callers.get(caller) ?? { count: 0, wallets: new Map<string, number>() }
    callers.set(caller, of)
    of.count++
    of.wallets.set(wallet, (of.wallets.get(wallet) ?? 0) + 1)
    bytes += more
  }

  for (const place of places) add(place)
  return {
    bytes: () => bytes,
    add,
    remove({ caller, wallet, bytes: fewer }) {
      const of = callers.get(caller)
      bytes -= fewer
      if (!of || --of.count === 0) callers.delete(caller)
      const left = (of?.wallets.get(wallet) ?? 1) - 1
      if (left > 0) of?.wallets.set(wallet, left)
      else of?.wallets.delete(wallet)
      return false
    },
    oldestOfMost(list) {
      const [caller, of] = most(callers, ({ count }) => count)
      const [wallet] = most(of.wallets, (count) => count)
      return list.find((place) => place.wallet === wallet && place.caller === caller)
    },
  }
}

/** The entry with most; of several, the one that came first. */
const most = <V>(entries: ReadonlyMap<string, V>, of: (value: V) => number): [string, V] =>
  [...entries].reduce((a, b) => (of(b[1]) > of(a[1]) ? b : a))
