import { fc, test as prop } from '@fast-check/vitest'
import { encodeAbiParameters } from 'viem'
import { describe, expect, test } from 'vitest'
import { encodeLabelled, encodeWords, fromBytes, toBytes32 } from '../../../sdk/crypto/abi.ts'
import { toHex } from '../../helpers/vectors.ts'

const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (value: Uint8Array): `0x${string}` => `0x${Buffer.from(value).toString('hex')}`

describe('encodeWords', () => {
  prop.prop([uint256, bytes(32), bytes(20)])('agrees with abi.encode', (number, word, address) => {
    const types = [{ type: 'uint256' }, { type: 'bytes32' }, { type: 'address' }] as const
    const expected = encodeAbiParameters(types, [number, hex(word), hex(address)])
    expect(hex(encodeWords([number, word, address]))).toBe(expected)
  })

  test.each([[-1n], [2n ** 256n], [new Uint8Array(31)], [new Uint8Array(0)]])('refuses %s', (word) => {
    expect(() => encodeWords([word])).toThrow(RangeError)
  })
})

describe('encodeLabelled', () => {
  prop.prop([fc.string({ unit: 'grapheme', maxLength: 70 }), fc.array(uint256, { maxLength: 6 })])(
    'agrees with abi.encode of a string and integers',
    (label, numbers) => {
      const types = [{ type: 'string' }, ...numbers.map(() => ({ type: 'uint256' }))]
      expect(hex(encodeLabelled(label, numbers))).toBe(encodeAbiParameters(types, [label, ...numbers]))
    },
  )
})

prop.prop([bytes(3), fc.uint8Array({ maxLength: 70 })])(
  'fromBytes reads bytes of any length, wherever they lie',
  (before, value) => {
    const all = new Uint8Array([...before, ...value])
    expect(fromBytes(all.subarray(before.length))).toBe(BigInt(`0x0${Buffer.from(value).toString('hex')}`))
  },
)

prop.prop([uint256])('fromBytes undoes toBytes32', (value) => {
  expect(toHex(toBytes32(value))).toBe(toHex(value))
  expect(fromBytes(toBytes32(value))).toBe(value)
})
