import { beforeAll, describe, expect, test } from 'vitest'
import { type Block, createBlockList, signBlockList } from '../../../sdk/codec/index.ts'
import { concatBytes, randomBytes } from '../../../sdk/crypto/index.ts'
import { BaseError } from '../../../sdk/errors.ts'
import { createIdentity, type Identity } from '../../../sdk/identity/index.ts'
import { BlocksInvalidError, isBlocked, verifyBlockList } from '../../../sdk/verifier/index.ts'
import { walletOf } from '../../helpers/accounts.ts'
import { bob, networkId, recipient as owner } from '../../helpers/world.ts'

const target = { networkId, owner }
const value = (byte: number, length: number) => new Uint8Array(length).fill(byte)
const blocks: Block[] = [
  { kind: 'tag', value: value(1, 32) },
  { kind: 'wallet', value: value(2, 20) },
  { kind: 'connection', value: value(3, 16) },
]
let mallory: Identity

beforeAll(async () => {
  mallory = await createIdentity(walletOf(0x66), { createdMs: 1n })
})

/** A signed list of bob's, unless somebody else signs it or fields are other than he has made them. */
function signed(changes: Partial<Parameters<typeof signBlockList>[0]> = {}, by: Pick<Identity, 'keys'> = bob) {
  const { publicKey: key, secret } = by.keys.identityKey
  const list = createBlockList({ ...target, version: 1n, blocks }, { secret, random: randomBytes })
  return signBlockList({ ...list, ...changes }, { key, secret })
}

describe('isBlocked', () => {
  test('finds each block of the list, and nothing else', () => {
    const list = verifyBlockList(signed(), target)
    expect(blocks.map((block) => isBlocked(list, block))).toEqual([true, true, true])
    const others: Block[] = [
      { kind: 'tag', value: value(2, 32) },
      { kind: 'wallet', value: value(1, 20) },
      { kind: 'connection', value: value(2, 16) },
    ]
    expect(others.map((block) => isBlocked(list, block))).toEqual([false, false, false])
  })

  test('finds nothing where there is no list, and each of 4,096', () => {
    expect(isBlocked(undefined, blocks[0]!)).toBe(false)
    const many = Array.from({ length: 4096 }, (_, i): Block => {
      return { kind: 'tag', value: concatBytes(Uint8Array.of(i >> 8, i), new Uint8Array(30)) }
    })
    const { secret } = bob.keys.identityKey
    const list = createBlockList({ ...target, version: 1n, blocks: many }, { secret, random: randomBytes })
    const checked = verifyBlockList(signed(list), target)
    expect(many.filter((block) => isBlocked(checked, block))).toHaveLength(4096)
  })
})

test('verifyBlockList reads 200 KiB, and not a byte more', () => {
  const padded = (length: number) => {
    const bytes = signed()
    const rest = length - bytes.length - 4
    const head = [0x7a, 0x80 | (rest & 0x7f), 0x80 | ((rest >> 7) & 0x7f), rest >> 14]
    return Uint8Array.from([...bytes, ...head, ...Array(rest).fill(7)])
  }
  expect(verifyBlockList(padded(204_800), target).version).toBe(1n)
  expect(() => verifyBlockList(padded(204_801), target)).toThrow('larger than 204800 bytes')
})

describe('verifyBlockList refuses', () => {
  const entries = (count: number) =>
    Uint8Array.from({ length: count * 16 }, (_, i) => (i % 16 < 4 ? (i >> 4) >> (8 * (3 - (i % 16))) : 0))

  test.each<[string, () => Uint8Array]>([
    ['a list of another network', () => signed({ networkId: value(9, 32) })],
    ['a list of another account', () => signed({ owner: value(9, 20) })],
    ['a version with no room for a next one', () => signed({ version: 2n ** 63n })],
    ['a list that another account has signed', () => signed({}, mallory)],
    ['version 0', () => signed({ version: 0n })],
    ['a short salt', () => signed({ salt: value(1, 31) })],
    ['no entries', () => signed({ entries: new Uint8Array() })],
    ['8 entries', () => signed({ entries: entries(8) })],
    ['17 entries', () => signed({ entries: entries(17) })],
    ['half an entry', () => signed({ entries: entries(17).slice(0, 264) })],
    ['10,000 entries', () => signed({ entries: entries(10_000) })],
    ['8,192 entries', () => signed({ entries: entries(8192), ownCopy: new Uint8Array() })],
    ['entries out of order', () => signed({ entries: entries(16).reverse() })],
    ['an entry twice', () => signed({ entries: new Uint8Array(16 * 16) })],
    ['a copy as large as memory', () => signed({ ownCopy: new Uint8Array(300_000) })],
    ['noise', () => value(0xee, 500)],
    ['nothing', () => new Uint8Array()],
  ])('%s', (_, bytes) => {
    expect(() => verifyBlockList(bytes(), target)).toThrow(BaseError)
  })

  test('all of it by one code where it can be read', () => {
    expect(() => verifyBlockList(signed({}, mallory), target)).toThrow(BlocksInvalidError)
    expect(verifyBlockList(signed({ entries: entries(16) }), target).version).toBe(1n)
  })
})
