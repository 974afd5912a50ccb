import { addBlocks, type BlockChange, removeBlocks } from '../codec/index.ts'
import { type Address, addressToBytes } from '../crypto/index.ts'
import { changeOwnBlocks } from './own-blocks.ts'
import type { Refusal } from './refusal.ts'
import type { Shared } from './shared.ts'

/**
 * Blocks an account: its wallet, and the pseudonyms that its letters showed, so that the node refuses it from now on; and
 * denies it for all clients of this account.
 */
export async function blockAccount(shared: Shared, peer: Address): Promise<{ ok: true } | Refusal> {
  const changed = await changeEach(shared, peer, addBlocks)
  return changed.ok ? shared.consents.set('denied', [peer]) : changed
}

/** Takes a block back. */
export async function unblockAccount(shared: Shared, peer: Address): Promise<{ ok: true } | Refusal> {
  const changed = await changeEach(shared, peer, removeBlocks)
  return changed.ok ? shared.consents.set('allowed', [peer]) : changed
}

/** Pseudonyms and wallet are never in one change. */
async function changeEach(shared: Shared, peer: Address, apply: typeof addBlocks): Promise<{ ok: true } | Refusal> {
  await shared.inbox.sync()
  const changes: BlockChange[] = [
    { kind: 'tag', values: shared.inbox.tagsOf(peer) },
    { kind: 'wallet', values: [addressToBytes(peer)] },
  ]
  for (const change of changes.filter(({ values }) => values.length > 0)) {
    const changed = await changeOwnBlocks(shared.context, (blocks) => apply(blocks, change))
    if (!changed.ok) return changed
  }
  return { ok: true }
}
