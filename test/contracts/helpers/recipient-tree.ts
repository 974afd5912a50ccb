import { type Address, concat, encodeAbiParameters, type Hex, keccak256, slice, toHex, zeroHash } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/** The account of recipient number `index`. */
export const recipientOf = (index: number) => privateKeyToAccount(keccak256(toHex(`recipient ${index}`)))

/** What recipient number `index` opens its place with. */
export function openingOf(index: number): { recipient: Address; use: Hex; salt: Hex } {
  const use = keccak256(toHex(`use ${index}`))
  // Accounts take long to make: of many recipients only a few have one.
  const isAccount = index % 10_000 < 64 || index % 10_000 > 9_990
  const recipient = isAccount ? recipientOf(index).address : slice(keccak256(toHex(`address ${index}`)), 12)
  return { recipient, use, salt: keccak256(toHex(`salt ${index}`)) }
}

const grown = new Map<number, RecipientTree>()

type RecipientTree = { readonly root: Hex; readonly pathOf: (index: number) => Hex[] }

/** The tree of `count` made-up recipients, as `IPayments` describes it: its root, and each one's path. */
export function growRecipientTree(count: number): RecipientTree {
  const known = grown.get(count) ?? grow(count)
  grown.set(count, known)
  return known
}

function grow(count: number): RecipientTree {
  const width = 2 ** Math.ceil(Math.log2(count))
  const levels: Hex[][] = [Array.from({ length: width }, (_, i) => (i < count ? leafOf(i) : zeroHash))]
  for (let below = levels[0]!; below.length > 1; below = levels.at(-1)!) {
    levels.push(below.filter((_, i) => i % 2 === 0).map((left, i) => keccak256(concat([left, below[2 * i + 1]!]))))
  }
  const pathOf = (index: number) => levels.slice(0, -1).map((level, height) => level[(index >> height) ^ 1]!)
  return { root: levels.at(-1)![0]!, pathOf }
}

function leafOf(index: number): Hex {
  const { recipient, use, salt } = openingOf(index)
  const types = [{ type: 'string' }, { type: 'address' }, { type: 'bytes32' }, { type: 'bytes32' }] as const
  return keccak256(encodeAbiParameters(types, ['pennypost/recipient/v1', recipient, use, salt]))
}
