import { fc, test as prop } from '@fast-check/vitest'
import { babyjubjub } from '@noble/curves/misc.js'
import { describe, expect, test } from 'vitest'
import { toBytes32 } from '../../../sdk/crypto/abi.ts'
import { BabyJubjub, isBabyJubjubKey, isSameKey } from '../../../sdk/crypto/baby-jubjub.ts'
import { FIELD_ORDER } from '../../../sdk/crypto/field.ts'

type Affine = { readonly x: bigint; readonly y: bigint }

const keyOf = ({ x, y }: Affine) => ({ x: toBytes32(x), y: toBytes32(y) })
const { BASE, CURVE } = BabyJubjub

/** Generates the whole curve (EIP-2494); its multiples by the subgroup's order are the eight points of small order. */
const generator = BabyJubjub.fromAffine({
  x: 995203441582195749578291179787384436505546430278305826713579947235728471134n,
  y: 5472060717959818805561601436314318772137091100104008585924551046643952123905n,
})
const timesOrder = generator.multiplyUnsafe(CURVE().n - 1n).add(generator)
const smallOrder = Array.from({ length: 7 }, (_, i) => timesOrder.multiplyUnsafe(BigInt(i + 1)))

test('the curve is that of EIP-2494, whose Base8 is eight times the generator', () => {
  expect(CURVE()).toEqual(babyjubjub.Point.CURVE())
  expect(generator.clearCofactor().equals(BASE)).toBe(true)
  expect(new Set(smallOrder.map(({ x, y }) => `${x} ${y}`)).size).toBe(7)
})

describe('a key', () => {
  const scalar = fc.bigInt({ min: 1n, max: CURVE().n - 1n })

  prop.prop([scalar, fc.integer({ min: 0, max: 6 })], { numRuns: 20 })(
    'is a point of the subgroup, and none that has something of small order added',
    (secret, i) => {
      const point = BASE.multiplyUnsafe(secret)
      expect(isBabyJubjubKey(keyOf(point.toAffine()))).toBe(true)
      expect(isBabyJubjubKey(keyOf(point.add(smallOrder[i]!).toAffine()))).toBe(false)
    },
  )

  const { x, y } = BASE.toAffine()
  test.each<[string, Affine]>([
    ['the neutral point', { x: 0n, y: 1n }],
    ['nothing', { x: 0n, y: 0n }],
    ['a point of order 2', { x: 0n, y: FIELD_ORDER - 1n }],
    ['the generator of the whole curve', generator.toAffine()],
    ['off the curve', { x, y: y + 1n }],
    ['coordinates that changed places', { x: y, y: x }],
    ['a point in another form, by its x', { x: x + FIELD_ORDER, y }],
    ['a point in another form, by its y', { x, y: y + FIELD_ORDER }],
    ['the largest word', { x: 2n ** 256n - 1n, y: 2n ** 256n - 1n }],
  ])('is not %s', (_, point) => {
    expect(isBabyJubjubKey(keyOf(point))).toBe(false)
  })

  test('is none of the seven points of small order', () => {
    expect(smallOrder.filter((point) => isBabyJubjubKey(keyOf(point.toAffine())))).toEqual([])
  })
})

test('two keys are one where both coordinates are', () => {
  const [a, b] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const same = (x: Uint8Array, y: Uint8Array) => isSameKey({ x: a, y: b }, { x, y })
  expect([same(a, b), same(b, b), same(a, a)]).toEqual([true, false, false])
})
