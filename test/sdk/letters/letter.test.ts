import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { encodeLetter } from '../../../sdk/codec/index.ts'
import { randomBytes, x25519PublicKey } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import {
  createSealedKeys,
  isSmallOrder,
  keyIdOf,
  letterSizeOf,
  letterSizes,
  openLetter,
  readKeyId,
  sealLetter,
} from '../../../sdk/letters/index.ts'

const topic = '/xmtp/0/sealed-0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A/proto'
const keys = createSealedKeys(new Uint8Array(32).fill(7))
const target = { topic, ...keys.newest() }

const letterOf = (length: number) => ({
  invitation: new Uint8Array(40).fill(1),
  message: new Uint8Array(length).fill(2),
  replyLane: { topic: '/xmtp/0/m-x/proto', key: new Uint8Array(32).fill(3), units: 9, expiresAt: 1_800_000_000n },
})

const open = (sealed: Uint8Array, changes: { topic?: string; secret?: Uint8Array } = {}) =>
  openLetter(sealed, { topic, secret: keys.newest().secret, ...changes })

describe('sealLetter', () => {
  prop.prop([fc.integer({ min: 0, max: 65_000 })], { numRuns: 30 })(
    'is undone by openLetter, for any length',
    (length) => {
      const letter = letterOf(length)
      const opened = open(sealLetter(letter, target, randomBytes))
      expect(opened.message).toEqual(letter.message)
      expect(opened.invitation).toEqual(letter.invitation)
      expect(opened.replyLane).toMatchObject(letter.replyLane)
    },
  )

  prop.prop([fc.integer({ min: 0, max: 65_000 })], { numRuns: 30 })(
    'gives one of four sizes, the one foretold',
    (length) => {
      const sealed = sealLetter(letterOf(length), target, randomBytes)
      expect(letterSizes).toContain(sealed.length)
      expect(letterSizeOf(letterOf(length))).toBe(sealed.length)
    },
  )

  test.each(letterSizes)('fills %i bytes to the last one', (size) => {
    const overhead = size - encodeLetter(letterOf(0)).length
    const fitting = Array.from({ length: 200 }, (_, i) => letterOf(overhead - i))
    const largest = fitting.find((letter) => letterSizeOf(letter) === size)
    expect(encodeLetter(largest!).length).toBe(size - 72)
    expect(open(sealLetter(largest!, target, randomBytes)).message).toEqual(largest!.message)
  })

  test('says nothing twice but the name of the key', () => {
    const [one, other] = [0, 1].map(() => sealLetter(letterOf(10), target, randomBytes))
    expect(one!.subarray(0, 8)).toEqual(other!.subarray(0, 8))
    const same = one!.filter((byte, i) => i >= 8 && byte === other![i]).length
    expect(same).toBeLessThan(40) // 4 are expected of 1,016 random bytes
  })

  test('refuses what is too long for any size', () => {
    expect(letterSizeOf(letterOf(66_000))).toBeUndefined()
    expect(() => sealLetter(letterOf(66_000), target, randomBytes)).toThrow(
      expect.objectContaining({ code: 'letter.too-long' }),
    )
  })
})

describe('openLetter', () => {
  const sealed = sealLetter(letterOf(10), target, randomBytes)
  const refused = expect.objectContaining({ code: 'letter.refused' })

  test('refuses another topic, another key, and a change anywhere', () => {
    expect(() => open(sealed, { topic: topic.replace('19E7', '19e7') })).toThrow(refused)
    expect(() => open(sealed, { secret: createSealedKeys(new Uint8Array(32).fill(8)).newest().secret })).toThrow(
      refused,
    )
    for (const at of [8, 20, 39, 40, 51, 52, 200, sealed.length - 1]) {
      const changed = sealed.slice()
      changed[at]! ^= 1
      expect(() => open(changed), `byte ${at}`).toThrow(refused)
    }
  })

  test('refuses any other size', () => {
    expect(() => open(sealed.subarray(0, -1))).toThrow(refused)
    expect(() => open(Uint8Array.from([...sealed, 0]))).toThrow(refused)
    expect(() => readKeyId(new Uint8Array(10))).toThrow(refused)
  })

  prop.prop([fc.constantFrom(...letterSizes), fc.uint8Array({ minLength: 64, maxLength: 64 })], { numRuns: 30 })(
    'throws nothing but a typed error on other bytes',
    (size, noise) => {
      const bytes = new Uint8Array(size)
      bytes.set(noise)
      expect(() => open(bytes)).toThrow(BaseError)
    },
  )
})

describe('points of small order', () => {
  const smallOrder = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))

  test.each(smallOrder.map((point) => [Buffer.from(point).toString('hex'), point] as const))(
    '%s is refused on both sides',
    (_, point) => {
      const refused = expect.objectContaining({ code: 'letter.refused' })
      expect(isSmallOrder(point)).toBe(true)
      expect(() => sealLetter(letterOf(1), { topic, key: point, keyId: keyIdOf(point) }, randomBytes)).toThrow(refused)
      const sealed = sealLetter(letterOf(1), target, randomBytes)
      sealed.set(point, 8)
      expect(() => open(sealed)).toThrow(refused)
    },
  )

  test('other keys are not', () => {
    expect(isSmallOrder(x25519PublicKey(randomBytes(32)))).toBe(false)
  })
})

describe('createSealedKeys', () => {
  const seed = (byte: number) => new Uint8Array(32).fill(byte)
  const hex = ({ key }: { key: Uint8Array }) => Buffer.from(key).toString('hex')

  test('gives the same keys again, a different one for each seed and account', () => {
    expect(createSealedKeys(seed(7)).newest()).toEqual(keys.newest())
    const all = [
      keys,
      createSealedKeys(seed(8)),
      createSealedKeys(seed(7), [seed(1)]),
      createSealedKeys(seed(7), [seed(1), seed(2)]),
    ]
    expect(new Set(all.map((of) => hex(of.newest()))).size).toBe(4)
  })

  test('opens with every key, and seals to the newest', () => {
    const own = createSealedKeys(seed(7), [seed(1), seed(2)])
    const known = [createSealedKeys(seed(7)), createSealedKeys(seed(7), [seed(1)]), own].map((of) => of.newest())
    for (const pair of known) expect(own.find(pair.keyId)).toEqual(pair)
    expect(own.newest()).toEqual(known[2])
    expect(own.find(createSealedKeys(seed(8)).newest().keyId)).toBeUndefined()
  })

  test('a later key does not follow from the identity key and the seeds before', () => {
    const thief = createSealedKeys(seed(7), [seed(1)])
    const rotated = createSealedKeys(seed(7), [seed(1), seed(2)]).newest()
    expect(thief.find(rotated.keyId)).toBeUndefined()
    thief.replace([seed(1), seed(2)])
    expect(thief.find(rotated.keyId)).toEqual(rotated)
  })
})
