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
  const valid = places.filter((place) => place.parkedAt >= parkedAt - parkedFor)
  const next = { wallet, recipient, caller, parkedAt, bytes: publish.length }
  let kept: readonly ParkedPlace[] = [...withoutPlace(valid, next), next]
  const evicted: ParkedPlace[] = []
  for (let crowded = crowdOf(kept, next, bounds); crowded; crowded = crowdOf(kept, next, bounds)) {
    const gone = whoGivesWay(crowded)
    evicted.push(gone)
    kept = withoutPlace(kept, gone)
  }
  return { places: kept, evicted }
}

/** The places without that of a wallet and a recipient. */
export const withoutPlace = (places: readonly ParkedPlace[], { wallet, recipient }: ParkedKey): ParkedPlace[] =>
  places.filter((place) => place.wallet !== wallet || place.recipient !== recipient)

/** Those among whom one must give way, if there are too many. */
function crowdOf(
  places: readonly ParkedPlace[],
  { wallet, recipient }: ParkedKey,
  bounds: ParkingBounds,
): readonly ParkedPlace[] | undefined {
  const ofWallet = places.filter((place) => place.wallet === wallet)
  if (ofWallet.length > bounds.ofWallet) return ofWallet
  const forRecipient = places.filter((place) => place.recipient === recipient)
  if (forRecipient.length > bounds.forRecipient) return forRecipient
  return places.length > bounds.places || bytesOf(places) > bounds.bytes ? places : undefined
}

/** The oldest of the wallet that holds most, of those behind the address that holds most. */
function whoGivesWay(crowded: readonly ParkedPlace[]): ParkedPlace {
  const [oldest] = largestGroup(
    largestGroup(crowded, ({ caller }) => caller),
    ({ wallet }) => wallet,
  )
  if (!oldest) throw new Error('A crowd has somebody in it.')
  return oldest
}

/** Of several that are as large, the one whose oldest place is older. */
function largestGroup(places: readonly ParkedPlace[], of: (place: ParkedPlace) => string): readonly ParkedPlace[] {
  const byKey = new Map<string, ParkedPlace[]>()
  for (const place of places) {
    const group = byKey.get(of(place))
    if (group) group.push(place)
    else byKey.set(of(place), [place])
  }
  const groups = [...byKey.values()]
  const most = Math.max(...groups.map(({ length }) => length))
  return groups.find(({ length }) => length === most) ?? []
}

const bytesOf = (places: readonly ParkedPlace[]): number => places.reduce((sum, { bytes }) => sum + bytes, 0)
