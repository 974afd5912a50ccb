import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { type ParkingBounds, parkedFor, parkingBounds, takePlace } from '../../../service/node/parking.ts'
import type { ParkedPlace } from '../../../service/node/store/index.ts'

type Arriving = { wallet: string; recipient: string; caller: string; size?: number; at?: number }

/** Parks one after the other, a second apart. */
function parkAll(arriving: readonly Arriving[], bounds: ParkingBounds = parkingBounds) {
  let places: readonly ParkedPlace[] = []
  const evicted: string[] = []
  for (const [i, { wallet, recipient, caller, size = 10, at = i }] of arriving.entries()) {
    const parked = { wallet, recipient, caller, topic: 't', publish: new Uint8Array(size), parkedAt: at }
    const placed = takePlace(places, parked, bounds)
    places = placed.places
    evicted.push(...placed.evicted.map((place) => `${place.wallet}>${place.recipient}`))
  }
  return { places, evicted, held: places.map(({ wallet, recipient }) => `${wallet}>${recipient}`) }
}

const small: ParkingBounds = { bytes: 1000, places: 10, ofWallet: 4, forRecipient: 6 }
const honest = (name: string, recipient = name.toUpperCase()): Arriving => ({
  wallet: name,
  recipient,
  caller: `@${name}`,
})
/** Of one address, each from a wallet of its own. */
const flood = (count: number, recipient: (i: number) => string, caller: (i: number) => string = () => '@mallory') =>
  Array.from({ length: count }, (_, i) => ({ wallet: `m${i}`, recipient: recipient(i), caller: caller(i) }))

describe('where parking is full', () => {
  test('who comes is never refused, and who was there before the flood stays', () => {
    const { held } = parkAll([honest('a'), honest('b'), ...flood(500, (i) => `r${i}`), honest('c')], small)
    expect(held).toHaveLength(10)
    expect(held.filter((place) => !place.startsWith('m'))).toEqual(['a>A', 'b>B', 'c>C'])
  })

  test('of large publishes too, which count by the bytes', () => {
    const large = flood(500, (i) => `r${i}`).map((one) => ({ ...one, size: 150 }))
    const { held, places } = parkAll([honest('a'), ...large, honest('b')], small)
    expect(held.filter((place) => !place.startsWith('m'))).toEqual(['a>A', 'b>B'])
    expect(places.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(small.bytes)
  })

  test('a recipient whom one address floods still gets what others send', () => {
    const { held } = parkAll([honest('a', 'BOB'), ...flood(50, () => 'BOB'), honest('b', 'BOB'), honest('c')], small)
    expect(held.filter((place) => place.endsWith('>BOB'))).toHaveLength(small.forRecipient)
    expect(held).toEqual(expect.arrayContaining(['a>BOB', 'b>BOB', 'c>C']))
  })

  test('one wallet gives way to itself, the oldest first, and takes nothing from its neighbour', () => {
    const neighbour = { ...honest('n'), caller: '@mallory' }
    const many = Array.from({ length: 7 }, (_, i) => ({ wallet: 'm', recipient: `r${i}`, caller: '@mallory' }))
    const { held, evicted } = parkAll([neighbour, ...many], small)
    expect(evicted).toEqual(['m>r0', 'm>r1', 'm>r2'])
    expect(held).toContain('n>N')
  })

  test('behind one address, the wallet that holds most gives way first', () => {
    const shared = (wallet: string, i: number) => ({ wallet, recipient: `${wallet}${i}`, caller: '@cafe' })
    const many = [shared('x', 0), ...[0, 1, 2].map((i) => shared('m', i)), ...[0, 1, 2].map((i) => shared('k', i))]
    const { held } = parkAll([...many, shared('y', 0), shared('z', 0), honest('a'), honest('b'), honest('c')], small)
    expect(held).toEqual(expect.arrayContaining(['x>x0', 'y>y0', 'z>z0']))
  })

  test('even a thousand addresses cannot keep a newcomer out', () => {
    const { held } = parkAll(
      [
        ...flood(
          1000,
          (i) => `r${i}`,
          (i) => `@${i}`,
        ),
        honest('a'),
      ],
      small,
    )
    expect(held.at(-1)).toBe('a>A')
  })
})

test('what was parked a week ago takes no place any more, and another try of the same sender takes its own', () => {
  const { places } = parkAll([honest('a'), { ...honest('b'), at: 5 }, { ...honest('b'), at: parkedFor + 1 }], small)
  expect(places).toEqual([expect.objectContaining({ wallet: 'b', parkedAt: parkedFor + 1 })])
})

prop.prop([
  fc.array(
    fc.record({
      wallet: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      recipient: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F'),
      caller: fc.constantFrom('@1', '@2', '@3'),
      size: fc.integer({ min: 1, max: 400 }),
    }),
    { maxLength: 60 },
  ),
])('no bound is ever passed, and each wallet and recipient has one place', (arriving) => {
  const { places, held } = parkAll(arriving, small)
  const most = (of: (place: ParkedPlace) => string) =>
    Math.max(0, ...places.map((place) => places.filter((other) => of(other) === of(place)).length))
  expect(places.length).toBeLessThanOrEqual(small.places)
  expect(places.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(small.bytes)
  expect(most(({ wallet }) => wallet)).toBeLessThanOrEqual(small.ofWallet)
  expect(most(({ recipient }) => recipient)).toBeLessThanOrEqual(small.forRecipient)
  expect(new Set(held).size).toBe(held.length)
})

test('where each of all places is taken, exactly one gives way', () => {
  const places = flood(
    parkingBounds.places,
    (i) => `r${i}`,
    (i) => `@${i % 300}`,
  ).map((one): ParkedPlace => ({ ...one, parkedAt: 0, bytes: 600 }))
  const next = { ...honest('a'), topic: 't', publish: new Uint8Array(600), parkedAt: 1 }
  expect(takePlace(places, next).evicted).toHaveLength(1)
})
