import { describe, expect, test } from 'vitest'
import {
  decodePlace,
  encodePlace,
  type PaymentPlace,
  placeFromMessage,
  placeToMessage,
} from '../../../sdk/codec/index.ts'
import { BaseError } from '../../../sdk/errors.ts'

const place: PaymentPlace = {
  terms: {
    sender: new Uint8Array(20).fill(1),
    count: 3,
    deliverBy: 1_750_000_000n,
    root: new Uint8Array(32).fill(2),
    base: 256n,
    bond: 0n,
    tip: 2n ** 96n - 1n,
  },
  index: 2,
  salt: new Uint8Array(32).fill(3),
  siblings: [new Uint8Array(32).fill(4), new Uint8Array(32).fill(5)],
}

/** The message of the place, with something changed. */
function changed(change: (message: ReturnType<typeof messageOf>) => void) {
  const message = messageOf()
  change(message)
  return () => placeFromMessage(message as never)
}
const messageOf = () =>
  structuredClone(placeToMessage(place)) as { terms?: Record<string, unknown>; [field: string]: unknown }

describe('a place in a payment', () => {
  test('comes back from bytes as it was, zero and the largest amount too', () => {
    expect(decodePlace(encodePlace(place))).toEqual(place)
  })

  test.each<[string, Parameters<typeof changed>[0]]>([
    ['has no terms', (message) => delete message.terms],
    ['has a salt of 31 bytes', (message) => Object.assign(message, { salt: new Uint8Array(31) })],
    ['has a sibling of 33 bytes', (message) => Object.assign(message, { siblings: [new Uint8Array(33)] })],
    ['has a sender of 21 bytes', ({ terms }) => Object.assign(terms ?? {}, { sender: new Uint8Array(21) })],
    ['has a root of 31 bytes', ({ terms }) => Object.assign(terms ?? {}, { root: new Uint8Array(31) })],
    ['is for nobody', ({ terms }) => Object.assign(terms ?? {}, { count: 0 })],
    ['ends beyond 40 bits', ({ terms }) => Object.assign(terms ?? {}, { deliverBy: 2n ** 40n })],
    ['has an amount of 13 bytes', ({ terms }) => Object.assign(terms ?? {}, { base: new Uint8Array(13).fill(1) })],
    ['writes an amount with a leading zero', ({ terms }) => Object.assign(terms ?? {}, { tip: Uint8Array.of(0, 1) })],
  ])('is refused where it %s', (_, change) => {
    expect(changed(change)).toThrow(expect.objectContaining({ code: 'payment.malformed' }))
  })

  test('random bytes throw nothing but typed errors', () => {
    for (let seed = 0; seed < 200; seed++) {
      const bytes = Uint8Array.from({ length: seed }, (_, i) => (seed * 37 + i * 101) % 256)
      try {
        decodePlace(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(BaseError)
      }
    }
  })
})
