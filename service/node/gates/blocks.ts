import type { Envelope } from '@pennypost/sdk/codec'
import { type Address, addressToBytes } from '@pennypost/sdk/crypto'
import { type CheckedBlocks, isBlocked, verifyBlockList } from '@pennypost/sdk/verifier'
import type { NodeDeps } from '../deps.ts'
import type { Refusal } from '../refusal.ts'
import type { KeptBlocks, LaneRecord } from '../store/index.ts'
import type { TokenGate } from './token-publish.ts'
import { checkVersion } from './versions.ts'

/** A list as it is kept, with whose it is and where. */
export const blocksOf = ({ network }: Pick<NodeDeps, 'network'>, owner: Address, kept: KeptBlocks): CheckedBlocks => ({
  networkId: network.id,
  owner: addressToBytes(owner),
  ...kept,
})

/** Takes the owner's new list of blocks: from now on it is the one that holds. */
export function passBlocks(
  { deps, draft }: TokenGate,
  { message }: Pick<Envelope, 'message'>,
  owner: Address,
): Refusal | undefined {
  const { version, salt, entries } = verifyBlockList(message, {
    networkId: deps.network.id,
    owner: addressToBytes(owner),
  })
  const current = draft.require(deps.state.blocks, owner)
  const refusal = checkVersion('blocks', { version }, current)
  if (refusal) return refusal
  draft.set(deps.state.blocks, owner, { version, salt, entries })
  return undefined
}

/** Whether an account has blocked what a lane was opened with: its tag, who paid for it, the connections it showed. */
export function isLaneBlocked(
  blocks: CheckedBlocks | undefined,
  { tag, payers = [], connections = [] }: LaneRecord,
): boolean {
  return Boolean(
    (tag && isBlocked(blocks, { kind: 'tag', value: tag })) ||
      payers.some((value) => isBlocked(blocks, { kind: 'wallet', value })) ||
      connections.some((value) => isBlocked(blocks, { kind: 'connection', value })),
  )
}
