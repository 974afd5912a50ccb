import { toBytes32 } from '@pennypost/sdk/crypto'
import type { LedgerStore } from '../store/index.ts'

/** A checkpoint takes no more; then the oldest give way. */
export const maxLeaks = 256

/** A block, and its time, unix seconds. */
type Moment = { readonly block: bigint; readonly time: number }

/** Secrets that a checkpoint at a block announces, sorted: those that are out while tickets made with them may count. */
export async function leaksAt(store: Pick<LedgerStore, 'leaksAt'>, moment: Moment): Promise<Uint8Array[]> {
  const secrets = await store.leaksAt({ ...moment, limit: maxLeaks })
  return secrets.map(toBytes32).sort(Buffer.compare)
}
