import { fc, test as prop } from '@fast-check/vitest'
import { encodeAbiParameters, keccak256 as viemKeccak } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  concatBytes,
  fromHex,
  isRecipient,
  keccak256,
  paymentCommitment,
  paymentIdOf,
  recipientDepth,
  recipientLeafOf,
  toHex,
} from '../../../sdk/crypto/index.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hex = (value: Uint8Array): `0x${string}` => `0x${toHex(value)}`
const amount = fc.bigInt({ min: 0n, max: 2n ** 96n - 1n })

const terms = fc.record({
  sender: bytes(20),
  count: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  deliverBy: fc.bigInt({ min: 0n, max: 2n ** 40n - 1n }),
  root: bytes(32),
  base: amount,
  bond: amount,
  tip: amount,
})

describe('what the contract of payments hashes', () => {
  prop.prop([terms])('the identifier is the same as with abi.encode', (given) => {
    const { sender, count, deliverBy, root, base, bond, tip } = given
    const types = ['string', 'address', 'uint32', 'uint40', 'bytes32', 'uint96', 'uint96', 'uint96']
    const values = ['pennypost/payment/v1', hex(sender), count, Number(deliverBy), hex(root), base, bond, tip]
    const encoded = encodeAbiParameters(
      types.map((type) => ({ type })),
      values,
    )
    expect(hex(paymentIdOf(given))).toBe(viemKeccak(encoded))
    expect(paymentCommitment(paymentIdOf(given))).toBe(BigInt(viemKeccak(encoded)) >> 8n)
  })

  prop.prop([bytes(20), bytes(32), bytes(32)])('so is a leaf', (recipient, use, salt) => {
    const types = ['string', 'address', 'bytes32', 'bytes32'].map((type) => ({ type }))
    const encoded = encodeAbiParameters(types, ['pennypost/recipient/v1', hex(recipient), hex(use), hex(salt)])
    expect(hex(recipientLeafOf({ recipient, use, salt }))).toBe(viemKeccak(encoded))
  })
})

describe('a place in a tree of recipients', () => {
  test.each([
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 2],
    [5, 3],
    [100_000, 17],
    [2 ** 20, 20],
    [2 ** 20 + 1, 21],
    [2 ** 32 - 1, 32],
  ])('of %i has %i levels', (count, depth) => {
    expect(recipientDepth(count)).toBe(depth)
  })

  const [a, b, c] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array, Uint8Array]
  const zero = new Uint8Array(32)
  const pair = (left: Uint8Array, right: Uint8Array) => keccak256(concatBytes(left, right))
  const root = pair(pair(a, b), pair(c, zero))
  const placeOfC = { index: 2, count: 3, siblings: [zero, pair(a, b)], root }

  test('is where index and path say', () => {
    expect(isRecipient(c, placeOfC)).toBe(true)
    expect(isRecipient(a, { index: 0, count: 3, siblings: [b, pair(c, zero)], root })).toBe(true)
    expect(isRecipient(a, { index: 0, count: 1, siblings: [], root: a })).toBe(true)
  })

  test.each<[string, Uint8Array, Partial<typeof placeOfC>]>([
    ['another leaf', a, {}],
    ['another index', c, { index: 0 }],
    ['an index past the count', zero, { index: 3, siblings: [c, pair(a, b)] }],
    ['a node shown as a leaf', pair(c, zero), { index: 1, siblings: [pair(a, b)] }],
    ['a path for another count', c, { count: 5 }],
    ['a path with too many levels', c, { siblings: [...placeOfC.siblings, zero] }],
    ['a sibling of another length', c, { siblings: [fromHex('00'), pair(a, b)] }],
    ['another root', c, { root: a }],
  ])('is not %s', (_, leaf, change) => {
    expect(isRecipient(leaf, { ...placeOfC, ...change })).toBe(false)
  })
})
