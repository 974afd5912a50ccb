import {
  type Block,
  type BlockList,
  blockEntryOf,
  blockListLimits,
  blockListStatement,
  decodeBlockList,
  decodeSignedBlockList,
} from '../codec/block-list.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'
import { isSignedBy } from './identity-signature.ts'
import type { PolicyTarget } from './signed-policy.ts'
import { lastVersion } from './versions.ts'

/** What of a list of blocks it takes to check something against it. */
export type CheckedBlocks = Pick<BlockList, 'networkId' | 'owner' | 'salt' | 'entries'>

const { least, most, entryLength } = blockListLimits

/** The entries, the owner's copy of 33 bytes for each, and what is around them. */
const maxBytes = most * (entryLength + 33) + 4096

/**
 * Decodes a signed list of blocks and checks it whole: network, owner, shape, and the two signatures last.
 *
 * @example
 * ```ts
 * import { isBlocked, verifyBlockList } from '@pennypost/sdk/verifier'
 *
 * const blocks = verifyBlockList(bytes, { networkId, owner })
 * isBlocked(blocks, { kind: 'tag', value: tag })
 * ```
 */
export function verifyBlockList(bytes: Uint8Array, { networkId, owner }: PolicyTarget): BlockList {
  if (bytes.length > maxBytes) throw new BlocksInvalidError(`It is larger than ${maxBytes} bytes.`)
  const signed = decodeSignedBlockList(bytes)
  const list = decodeBlockList(signed.list)
  if (!equalBytes(list.networkId, networkId)) throw new BlocksInvalidError('It is for another network.')
  if (!equalBytes(list.owner, owner)) throw new BlocksInvalidError('It belongs to another account.')
  if (list.version === 0n) throw new BlocksInvalidError('Versions start at 1.')
  if (list.version > lastVersion) throw new BlocksInvalidError(`Versions end at ${lastVersion}.`)
  if (list.salt.length !== 32) throw new BlocksInvalidError('Expected a salt of 32 bytes.')
  checkEntries(list.entries)
  if (!isSignedBy(owner, blockListStatement(signed.list), signed)) {
    throw new BlocksInvalidError('The owner has not signed the list.')
  }
  return list
}

/** A power of two of entries, each above the one before: neither count nor order says anything. */
function checkEntries(entries: Uint8Array): void {
  const count = entries.length / entryLength
  const isPadded = count >= least && count <= most && Number.isInteger(Math.log2(count))
  if (!isPadded)
    throw new BlocksInvalidError(`Expected a power of two as the number of entries, from ${least} to ${most}.`)
  for (let i = 1; i < count; i++) {
    if (compareAt(entries, i - 1, entryAt(entries, i)) >= 0)
      throw new BlocksInvalidError('Expected entries in ascending order.')
  }
}

/** Whether an account has blocked a tag, a wallet or a connection; false without a list. */
export function isBlocked(list: CheckedBlocks | undefined, block: Block): boolean {
  if (!list || list.entries.length === 0) return false
  const wanted = blockEntryOf(list, block)
  let [low, high] = [0, list.entries.length / entryLength]
  while (low < high) {
    const middle = (low + high) >> 1
    const order = compareAt(list.entries, middle, wanted)
    if (order === 0) return true
    if (order < 0) low = middle + 1
    else high = middle
  }
  return false
}

const entryAt = (entries: Uint8Array, at: number): Uint8Array =>
  entries.subarray(at * entryLength, (at + 1) * entryLength)

/** Below, at or above zero, as the entry at a place is below, equal to or above another. */
function compareAt(entries: Uint8Array, at: number, other: Uint8Array): number {
  for (let i = 0; i < entryLength; i++) {
    const difference = (entries[at * entryLength + i] ?? 0) - (other[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** A list of blocks that its owner has not made, or not for this network. */
export class BlocksInvalidError extends BaseError {
  override readonly code = 'blocks.invalid'
}
