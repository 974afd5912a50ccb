import type { BlockRef } from '../store/index.ts'
import type { ChainReader } from './chain-reader.ts'
import { ChainUnavailableError } from './faults.ts'

type Search = {
  readonly chain: Pick<ChainReader, 'block'>
  /** Those that were read, the newest first. */
  readonly blocks: readonly BlockRef[]
  /** The newest block that counts. */
  readonly head: BlockRef
}

/**
 * The place of the newest of some blocks that is still on the chain; their number if none is. Throws
 * {@link ChainUnavailableError} where the chain ends before what was read, and says nothing against it: an endpoint that lags
 * behind is no reorganisation, for which all would be forgotten.
 */
export async function findKnown({ chain, blocks, head }: Search): Promise<number> {
  const [newest] = blocks
  const first = blocks.findIndex(({ number }) => number <= head.number)
  if (newest && first < 0) throw behind(newest, head)
  for (const [place, { number, hash }] of blocks.entries()) {
    if (place < first || (await chain.block(number))?.hash !== hash) continue
    if (newest && place === first && place > 0) throw behind(newest, head)
    return place
  }
  return blocks.length
}

const behind = (newest: BlockRef, head: BlockRef): ChainUnavailableError =>
  new ChainUnavailableError(`its endpoint is at block ${head.number}, and block ${newest.number} was read before.`, {
    hint: 'Wait until it is there again, or use another endpoint.',
  })
