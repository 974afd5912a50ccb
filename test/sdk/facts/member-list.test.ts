import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { checksumAddress, concatBytes, fromHex, keccak256, toHex } from '../../../sdk/crypto/index.ts'
import { isMember, longestPath, makeMemberList } from '../../../sdk/facts/index.ts'
import vectors from '../../vectors/member-lists.json' with { type: 'json' }

const account = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => `0x${toHex(bytes)}`)
const accounts = fc.uniqueArray(account, { minLength: 2, maxLength: 40 })
const five = vectors[3]!
const stranger = `0x${'ee'.repeat(20)}`

describe('a list of accounts', () => {
  // Made with OpenZeppelin's StandardMerkleTree.
  test.each(vectors)('of $accounts.length is the tree that others make of it', ({ accounts: of, root, paths }) => {
    const list = makeMemberList(of)
    expect(list.root).toBe(root)
    expect(of.map(list.pathOf)).toEqual(paths)
    for (const [i, path] of paths.entries()) expect(isMember(of[i]!, { root, path })).toBe(true)
  })

  prop.prop([accounts, fc.infiniteStream(fc.nat())])(
    'is the same in any order, case and number of times',
    (of, dice) => {
      const shuffled = of.map((one) => [dice.next().value, one] as const).sort(([a], [b]) => a - b)
      const others = [...shuffled.map(([, one]) => checksumAddress(one)), ...of]
      const [list, other] = [makeMemberList(of), makeMemberList(others)]
      expect(other.root).toBe(list.root)
      expect(other.accounts.length).toBe(of.length)
    },
  )

  prop.prop([accounts, account, fc.nat()])(
    'shows who is on it, and nobody else by any of its paths',
    (of, other, at) => {
      fc.pre(!of.includes(other))
      const { root, pathOf } = makeMemberList(of)
      const [one, next] = [of[at % of.length]!, of[(at + 1) % of.length]!]
      const path = pathOf(checksumAddress(one))!
      expect(isMember(one, { root, path })).toBe(true)
      expect(pathOf(other)).toBeUndefined()
      for (const wrong of [other, next]) expect(isMember(wrong, { root, path })).toBe(false)
      expect(isMember(one, { root, path: path.slice(1) })).toBe(false)
      expect(isMember(one, { root, path: [...path, path[0]!] })).toBe(false)
    },
  )

  test('takes no node for an account: not the hash of two leaves, nor a leaf that was hashed once', () => {
    const [a, b] = five.accounts.map((one) => fromHex(one))
    const once = keccak256(concatBytes(new Uint8Array(12), a!))
    const roots = [once, keccak256(concatBytes(a!, b!))].map((root) => `0x${toHex(root)}`)
    for (const root of roots) expect(isMember(five.accounts[0]!, { root, path: [] })).toBe(false)
  })

  test('of more accounts than there can be is followed by nobody', () => {
    const path = Array<string>(longestPath + 1).fill(five.root)
    const top = path.reduce(
      (node, sibling) => toHex(keccak256(concatBytes(...[node, sibling.slice(2)].sort().map((half) => fromHex(half))))),
      vectors[0]!.root.slice(2),
    )
    expect(isMember(vectors[0]!.accounts[0]!, { root: `0x${top}`, path })).toBe(false)
  })

  test('is of somebody, and of accounts', () => {
    expect(() => makeMemberList([])).toThrow(expect.objectContaining({ code: 'fact.list-empty' }))
    expect(() => makeMemberList([stranger, '0x12'])).toThrow(expect.objectContaining({ code: 'address.malformed' }))
    expect(() => makeMemberList([stranger]).pathOf('0x12')).toThrow(
      expect.objectContaining({ code: 'address.malformed' }),
    )
  })
})
