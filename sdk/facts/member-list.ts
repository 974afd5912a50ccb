import { encodeWords } from '../crypto/abi.ts'
import { type Address, addressToBytes, checksumAddress } from '../crypto/address.ts'
import { concatBytes, fromHex, type Hex, toHex } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { BaseError } from '../errors.ts'

/** The most hashes that a path may have: there are no more accounts that anybody could list. */
export const longestPath = 32

/** A list of accounts under one root. */
export type MemberList = {
  /** What `member` in a policy names. */
  readonly root: Hex
  /** Each once. */
  readonly accounts: readonly Address[]
  /** What shows an issuer that an account is on the list: the hashes beside its way to the root, from below. Undefined where it is not. */
  pathOf(account: string): Hex[] | undefined
}

/**
 * Makes a list of accounts, in whatever order they are given, the tree that OpenZeppelin's `StandardMerkleTree` makes of their
 * addresses: whoever has the list can make each path. Publish the list with the policy that names its root, so that those who
 * are on it can show that they are.
 *
 * Throws `fact.list-empty` for no account, and `address.malformed`.
 *
 * @example
 * ```ts
 * import { makeMemberList } from '@pennypost/sdk/facts'
 *
 * const list = makeMemberList([sender, recipient])
 * await client.policy.set(`connection or member ${list.root}`)
 * await client.facts.obtain(`member ${list.root}`, { path: list.pathOf(sender) })
 * ```
 */
export function makeMemberList(members: Iterable<string>): MemberList {
  const accounts = [...new Set([...members].map(checksumAddress))]
  if (accounts.length === 0) throw new MemberListEmptyError('A list has at least one account.')
  const leaves = accounts.map((account) => ({ account, leaf: toHex(leafOf(account)) }))
  leaves.sort((a, b) => (a.leaf < b.leaf ? -1 : 1))
  const last = 2 * accounts.length - 2
  const tree: string[] = []
  const places = new Map<Address, number>()
  for (const [i, { account, leaf }] of leaves.entries()) {
    tree[last - i] = leaf
    places.set(account, last - i)
  }
  for (let i = accounts.length - 2; i >= 0; i--) tree[i] = join(nodeAt(tree, 2 * i + 1), nodeAt(tree, 2 * i + 2))
  return {
    root: `0x${nodeAt(tree, 0)}`,
    accounts,
    pathOf(account) {
      const place = places.get(checksumAddress(account))
      return place === undefined ? undefined : pathFrom(tree, place)
    },
  }
}

/** Whether a path leads from an account to a root. */
export function isMember(account: string, { root, path }: { readonly root: string; readonly path: readonly string[] }) {
  if (path.length > longestPath) return false
  const top = path.reduce((node, sibling) => join(node, sibling.slice(2).toLowerCase()), toHex(leafOf(account)))
  return `0x${top}` === root
}

/** Hashed twice, so that no inner node is a leaf. */
const leafOf = (account: string): Uint8Array => keccak256(keccak256(encodeWords([addressToBytes(account)])))

/** In order of their bytes, so that a path need not say left or right. */
const join = (a: string, b: string): string => toHex(keccak256(concatBytes(...[a, b].sort().map(fromHex))))

function pathFrom(tree: readonly string[], place: number): Hex[] {
  const path: Hex[] = []
  for (let i = place; i > 0; i = (i - 1) >> 1) path.push(`0x${nodeAt(tree, i % 2 === 0 ? i - 1 : i + 1)}`)
  return path
}

const nodeAt = (tree: readonly string[], i: number): string => tree[i] ?? ''

/** A list of nobody. */
export class MemberListEmptyError extends BaseError {
  override readonly code = 'fact.list-empty'
}
