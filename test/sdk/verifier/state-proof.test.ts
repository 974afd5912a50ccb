import { describe, expect, test } from 'vitest'
import { encodeWords, toBytes32 } from '../../../sdk/crypto/abi.ts'
import { concatBytes, fromHex } from '../../../sdk/crypto/bytes.ts'
import { keccak256 } from '../../../sdk/crypto/hash.ts'
import { checkHolding, placeOf, provenAmount } from '../../../sdk/verifier/index.ts'
import { decodeRlp, numberOfRlp } from '../../../sdk/verifier/rlp.ts'
import { proveInTrie } from '../../../sdk/verifier/trie-proof.ts'
import { accountOf, annKey } from '../../helpers/claims.ts'
import { factOf } from '../../helpers/credentials.ts'
import {
  coin,
  coinRule,
  encodeRlp,
  headerOf,
  holdingEvidence,
  holdingOf,
  holdingView,
  slot,
  token,
  tokens,
} from '../../helpers/holdings.ts'
import { decide, topicPolicy } from '../../helpers/lanes.ts'
import { now } from '../../helpers/world.ts'

type Items = Uint8Array | readonly Items[]

const subject = accountOf(annKey)
const placeOfAnn = placeOf(subject, slot)
const word = new Uint8Array(32).fill(7)
const bytes = fromHex

/** A trie of one thing, whose root is its one node: whatever is under the root counts, however it came there. */
const leafOf = (key: Uint8Array, value: Uint8Array, flags = '20') =>
  encodeRlp([concatBytes(bytes(flags), keccak256(key)), value])

describe('what stands for an account in a state', () => {
  const amountOf = (value: Uint8Array) => {
    const leaf = leafOf(subject, value)
    const proof = { header: headerOf(keccak256(leaf)), accountProof: [leaf], storageProof: [] }
    return provenAmount({ ...proof, subject }, coin)
  }
  const account: readonly Items[] = [bytes('01'), bytes('03e8'), word, word]

  test('is its four fields', () => {
    expect(amountOf(encodeRlp(account))).toBe(1_000n)
    expect(amountOf(encodeRlp(account.with(1, toBytes32((1n << 256n) - 1n))))).toBe((1n << 256n) - 1n)
  })
  test.each<[string, Uint8Array]>([
    ['three fields', encodeRlp(account.slice(0, 3))],
    ['five fields', encodeRlp([...account, word])],
    ['bytes', encodeRlp(word)],
    ['nothing', new Uint8Array()],
    ['a word after it', concatBytes(encodeRlp(account), bytes('80'))],
    ['a nonce with a zero before it', encodeRlp(account.with(0, bytes('0001')))],
    ['a nonce that is a list', encodeRlp(account.with(0, [bytes('01')]))],
    ['a balance with a zero before it', encodeRlp(account.with(1, bytes('0003e8')))],
    ['a balance of 33 bytes', encodeRlp(account.with(1, concatBytes(bytes('01'), word)))],
    ['a balance that is a list', encodeRlp(account.with(1, [bytes('03e8')]))],
    ['a root of 31 bytes', encodeRlp(account.with(2, word.subarray(1)))],
    ['code of 31 bytes', encodeRlp(account.with(3, word.subarray(1)))],
  ])('is not %s', (_, value) => {
    expect(amountOf(value)).toBeUndefined()
  })
})

describe('what stands for a word in the storage of a contract', () => {
  const amountOf = (value: Uint8Array) => {
    const stored = leafOf(placeOfAnn, value)
    const leaf = leafOf(bytes(token.slice(2)), encodeRlp([bytes('01'), bytes(''), keccak256(stored), word]))
    const proof = { header: headerOf(keccak256(leaf)), accountProof: [leaf], storageProof: [stored] }
    return provenAmount({ ...proof, subject }, tokens)
  }
  test('is a number', () => {
    expect(amountOf(encodeRlp(bytes('46')))).toBe(70n)
  })
  test.each<[string, Uint8Array]>([
    ['with a zero before it', encodeRlp(bytes('0046'))],
    ['in more bytes than it takes', bytes('8146')],
    ['of 33 bytes', encodeRlp(concatBytes(bytes('01'), word))],
    ['in a list', encodeRlp([bytes('46')])],
    ['with another after it', bytes('4646')],
    ['without an encoding', bytes('ff')],
  ])('is none %s', (_, value) => {
    expect(amountOf(value)).toBeUndefined()
  })
  test('is nowhere but in the slot that the condition names', () => {
    expect(provenAmount({ header: headerOf(word), accountProof: [], storageProof: [], subject }, tokens)).toBe(
      undefined,
    )
    expect(keccak256(encodeWords([subject, 9n]))).toEqual(placeOfAnn)
  })
})

describe('nodes of a trie', () => {
  const under = (root: Uint8Array, ...nodes: Uint8Array[]) => proveInTrie(keccak256(root), subject, [root, ...nodes])
  const path = keccak256(subject)

  test('that a leaf ends before the key does shows nothing, and no leaf is an extension', () => {
    const short = encodeRlp([concatBytes(bytes('20'), path.subarray(0, 31)), bytes('07')])
    expect(under(short)).toEqual({ value: undefined })
    const leaf = leafOf(subject, bytes('07'))
    expect(under(leaf)).toEqual({ value: bytes('07') })
    expect(under(encodeRlp([concatBytes(bytes('20'), path.subarray(0, 31)), keccak256(leaf)]), leaf)).toBeUndefined()
    expect(under(leafOf(subject, keccak256(leaf), '00'), leaf)).toEqual({ value: undefined })
  })
  test.each(['40', '60', '80', 'f0'])('with flags that there are not (0x%s) are none', (flags) => {
    expect(under(leafOf(subject, bytes('07'), flags))).toBeUndefined()
  })
  test('have no value at a branch, two items or seventeen', () => {
    const end = encodeRlp([concatBytes(bytes('00'), path), Array.from({ length: 17 }, () => bytes('07'))])
    expect(under(end)).toBeUndefined()
    for (const length of [1, 3, 16, 18]) expect(under(encodeRlp(Array(length).fill(word)))).toBeUndefined()
  })
  test('are 64 at most, of 640 bytes each', () => {
    const value = (length: number) => leafOf(subject, new Uint8Array(length).fill(7))
    expect([under(value(600))?.value?.length, value(600).length]).toEqual([600, 640])
    expect(under(value(601))).toBeUndefined()
    let node = encodeRlp([bytes('20'), bytes('07')])
    const nodes = [node]
    for (let i = 63; i >= 0; i--) {
      const nibble = ((path[i >> 1] ?? 0) >> (i % 2 === 0 ? 4 : 0)) & 15
      node = encodeRlp([Uint8Array.of(0x10 | nibble), keccak256(node)])
      nodes.unshift(node)
    }
    expect(proveInTrie(keccak256(node), subject, nodes)).toBeUndefined()
    const [first, ...rest] = nodes
    expect([first, rest.length]).toEqual([node, 64])
  })
})

test.each([
  ['c4c3c2c1c0', true],
  ['c5c4c3c2c1c0', false],
  ['c3c28180', true],
  ['c3c18180', false],
  ['c28180', true],
  ['c281', false],
])('0x%s is RLP, whose lists nest no deeper than four and end where what is in them ends: %s', (hex, isRlp) => {
  expect(decodeRlp(bytes(hex)) !== undefined).toBe(isRlp)
})

test('a number is at most 32 bytes, the first of them not zero', () => {
  expect([bytes(''), bytes('01'), word].map((item) => numberOfRlp(item))).toEqual([
    0n,
    1n,
    BigInt(`0x${'07'.repeat(32)}`),
  ])
  expect([bytes('00'), concatBytes(word, word), [word], undefined].map((item) => numberOfRlp(item))).toEqual(
    [0, 1, 2, 3].map(() => undefined),
  )
})

test('a holding proves nothing but what is held, and nothing once no checkpoint has come for a day', async () => {
  const fields = await holdingOf()
  const view = holdingView()
  const old = { ...view, latest: { ...view.latest, issuedAt: BigInt(now - 86_401) } }
  const policy = topicPolicy(coinRule)
  const request = { evidence: [holdingEvidence(0, fields)] }
  const { result } = await decide({ request, policy, context: { checkpoint: old } })
  expect(result).toMatchObject({ code: 'holding.no-checkpoint' })
  const age = factOf('age eip155:31337 >= 90 days')
  expect(checkHolding(fields as never, {} as never, age)).toMatchObject({ code: 'evidence.malformed' })
})
