import type { NoteClass } from '@pennypost/sdk/codec'
import { noteKinds, toBytes32, toHex } from '@pennypost/sdk/crypto'
import type { ChainReader } from '../chain/index.ts'
import type { BlockRef, LedgerStore } from '../store/index.ts'

const hour = 3_600

/** A checkpoint takes no more; then the oldest give way. */
const maxLeaks = 256

/**
 * Secrets that a checkpoint at a block announces, sorted: for as long as a ticket may count that was proved in a tree
 * which still had the stake.
 */
export async function leaksAt(
  { chain, store }: { chain: Pick<ChainReader, 'time'>; store: LedgerStore },
  { block, classes }: { block: BlockRef; classes: readonly NoteClass[] },
): Promise<Uint8Array[]> {
  const stakes = classes.filter(({ kind }) => kind === noteKinds.stake)
  if (stakes.length === 0 || (await store.revealedSince(0, 1)).length === 0) return []
  const window = Math.max(...stakes.map(({ rootWindow, epochLength }) => rootWindow + epochLength)) + hour
  const secrets = await store.revealedSince((await chain.time(block.number)) - window, maxLeaks)
  return [...new Set(secrets.map((secret) => toHex(toBytes32(secret))))].sort().map((hex) => Buffer.from(hex, 'hex'))
}
