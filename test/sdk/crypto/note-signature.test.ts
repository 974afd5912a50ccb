import { describe, expect, test } from 'vitest'
import { fromBytes, toBytes32 } from '../../../sdk/crypto/abi.ts'
import {
  BabyJubjub,
  type BabyJubjubKey,
  readBabyJubjubKey,
  readPoint,
  SUBGROUP_ORDER,
} from '../../../sdk/crypto/baby-jubjub.ts'
import { FIELD_ORDER } from '../../../sdk/crypto/field.ts'
import { isNoteSigned, type NoteSignature } from '../../../sdk/crypto/note-signature.ts'
import { issuer, makeIssuer, secondIssuer, smallPoints, writeKey } from '../../helpers/credentials.ts'

const message = 123456789n
const good = issuer.sign(message)
const shifted = ({ x, y }: BabyJubjubKey, by: bigint): BabyJubjubKey => ({ x: toBytes32(fromBytes(x) + by), y })

/** Keys that are no issuer's, and who would sign for them. */
const unsound: [string, { key: BabyJubjubKey; sign?(message: bigint): NoteSignature }][] = [
  ['the neutral point', makeIssuer(0n)],
  ...[2, 4, 8].map((order): [string, ReturnType<typeof makeIssuer>] => [
    `a point of order ${order}`,
    makeIssuer(0n, smallPoints[order as 2 | 4 | 8]),
  ]),
  ...[2, 4, 8].map((order): [string, ReturnType<typeof makeIssuer>] => [
    `an issuer's key and a point of order ${order}`,
    makeIssuer(1_001n, smallPoints[order as 2 | 4 | 8]),
  ]),
  ['a point off the curve', { key: shifted(issuer.key, 1n) }],
  ['a coordinate that is not reduced', { key: shifted(issuer.key, FIELD_ORDER) }],
  ['a coordinate of 31 bytes', { key: { ...issuer.key, x: issuer.key.x.subarray(1) } }],
  ['a coordinate of 33 bytes', { key: { ...issuer.key, y: Uint8Array.of(0, ...issuer.key.y) } }],
]

describe("an issuer's signature over a note", () => {
  test.each<[string, Partial<NoteSignature>]>([
    ['another S', { s: good.s + 1n }],
    ['an S that wraps around the subgroup', { s: good.s + SUBGROUP_ORDER }],
    ['the order as S', { s: SUBGROUP_ORDER }],
    ['an S below zero', { s: good.s - SUBGROUP_ORDER }],
    ['an R8 off the curve', { r8x: good.r8x + 1n }],
    ['an R8 that is not reduced', { r8x: good.r8x + FIELD_ORDER }],
    ['an R8 with the sign changed', { r8x: FIELD_ORDER - good.r8x }],
    ['the neutral point as R8', { r8x: 0n, r8y: 1n }],
    ['a point of order 2 as R8', { r8x: 0n, r8y: FIELD_ORDER - 1n }],
    ['an R8 outside the subgroup', withTorsion(good)],
  ])('is refused with %s', (_, changed) => {
    expect(isNoteSigned(message, good, issuer.key)).toBe(true)
    expect(isNoteSigned(message, { ...good, ...changed }, issuer.key)).toBe(false)
  })

  test.each(unsound)('proves nothing under %s, under which everybody or nobody can sign', (_, { key, sign }) => {
    expect(readBabyJubjubKey(key)).toBeUndefined()
    expect(isNoteSigned(message, sign?.(message) ?? good, key)).toBe(false)
  })

  test('is made of points of the curve, since adding proves nothing of others', () => {
    const { r8x, r8y } = good
    expect(readPoint(r8x, r8y)?.toAffine()).toEqual({ x: r8x, y: r8y })
    for (const [x, y] of [
      [r8x + 1n, r8y],
      [r8y, r8x],
      [0n, 0n],
      [0n, 2n],
      [1n, 0n],
      [r8x, r8y + FIELD_ORDER],
      [-r8x, r8y],
    ] as const)
      expect(readPoint(x, y)).toBeUndefined()
  })

  test("is nobody else's", () => {
    expect(isNoteSigned(message, good, secondIssuer.key)).toBe(false)
    expect(isNoteSigned(message, secondIssuer.sign(message), secondIssuer.key)).toBe(true)
  })
})

/** The same R8 with a small point added. */
function withTorsion({ r8x, r8y }: NoteSignature): Partial<NoteSignature> {
  const { x, y } = writeKey(BabyJubjub.fromAffine({ x: r8x, y: r8y }).add(smallPoints[8]))
  return { r8x: fromBytes(x), r8y: fromBytes(y) }
}
