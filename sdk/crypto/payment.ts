import { encodeLabelled, fromBytes } from './abi.ts'
import { concatBytes, equalBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'

/**
 * What the contract of payments hashes: its identifier, and the keccak tree of recipients. A node is hashed over 64 bytes
 * and a leaf over more, so that neither can be shown as the other.
 */

/** What somebody paid for; amounts for each recipient in the token's smallest unit. */
export type PaymentTerms = {
  /** 20 bytes. */
  readonly sender: Uint8Array
  /** Recipients. */
  readonly count: number
  /** Unix seconds. */
  readonly deliverBy: bigint
  /** Of the tree of recipients, 32 bytes. */
  readonly root: Uint8Array
  readonly base: bigint
  readonly bond: bigint
  readonly tip: bigint
}

/** Whom one leaf of a payment is for: `recipient` is 20 bytes, `use` and `salt` are 32. */
export type RecipientLeaf = { readonly recipient: Uint8Array; readonly use: Uint8Array; readonly salt: Uint8Array }

/** The identifier of a payment, 32 bytes. */
export function paymentIdOf({ sender, count, deliverBy, root, base, bond, tip }: PaymentTerms): Uint8Array {
  return keccak256(encodeLabelled('pennypost/payment/v1', [sender, BigInt(count), deliverBy, root, base, bond, tip]))
}

/** The commitment under which a payment is in the note tree: its identifier cut to 248 bits. */
export const paymentCommitment = (id: Uint8Array): bigint => fromBytes(id) >> 8n

/** One leaf of the tree of recipients, 32 bytes. */
export function recipientLeafOf({ recipient, use, salt }: RecipientLeaf): Uint8Array {
  return keccak256(encodeLabelled('pennypost/recipient/v1', [recipient, use, salt]))
}

/** How many levels a tree of so many recipients has: ⌈log2 count⌉. */
export const recipientDepth = (count: number): number => (count <= 1 ? 0 : 32 - Math.clz32(count - 1))

/** Whether a leaf is at its index of a tree of `count` leaves with this root; the path has exactly the tree's depth. */
export function isRecipient(leaf: Uint8Array, place: RecipientPlace): boolean {
  const { index, count, siblings, root } = place
  if (index >= count || siblings.length !== recipientDepth(count)) return false
  if (siblings.some(({ length }) => length !== 32)) return false
  const found = siblings.reduce((node, sibling, level) => {
    const isRight = (index >>> level) & 1
    return keccak256(isRight ? concatBytes(sibling, node) : concatBytes(node, sibling))
  }, leaf)
  return equalBytes(found, root)
}

/** Where a leaf is said to be. */
export type RecipientPlace = {
  readonly index: number
  readonly count: number
  readonly siblings: readonly Uint8Array[]
  readonly root: Uint8Array
}
