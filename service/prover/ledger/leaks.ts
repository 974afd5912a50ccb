import { toBytes32 } from '@pennypost/sdk/crypto'
import type { ChainReader } from '../chain/index.ts'
import type { LedgerStore } from '../store/index.ts'

/** A checkpoint takes no more; then the oldest give way. */
export const maxLeaks = 256

type Source = { readonly chain: Pick<ChainReader, 'time'>; readonly store: Pick<LedgerStore, 'leaksAt'> }

/** Secrets that a checkpoint at a block announces, sorted: those that are out while tickets made with them may count. */
export async function leaksAt({ chain, store }: Source, block: bigint): Promise<Uint8Array[]> {
  const secrets = await store.leaksAt({ block, time: await chain.time(block), limit: maxLeaks })
  return secrets.map(toBytes32).sort(Buffer.compare)
}
