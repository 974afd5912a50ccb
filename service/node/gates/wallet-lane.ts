import { type Address, addressToBytes, walletHolder } from '@pennypost/sdk/crypto'
import { type CheckedBlocks, unitsOf } from '@pennypost/sdk/verifier'
import type { NodeDeps } from '../deps.ts'
import { laneKey } from '../state/node-state.ts'
import { isLaneBlocked } from './blocks.ts'
import type { TokenEnvelope, TokenGate, WalletLanes } from './token-publish.ts'

/** Loads the lanes that a wallet holds on some topics. */
export async function loadWalletLanes(
  { store, state }: NodeDeps,
  { wallet, now }: { wallet: Address; now: number },
  topics: readonly string[],
): Promise<WalletLanes> {
  const holder = walletHolder(addressToBytes(wallet))
  const lanesOf = async (topic: string): Promise<[string, string[]]> => {
    const keys = (await store.lanesOf(topic, holder, now)).map(({ use }) => laneKey(use))
    await Promise.all(keys.map((key) => state.lanes.has(key) || state.lanes.load(key)))
    return [topic, keys]
  }
  return new Map(await Promise.all([...new Set(topics)].map(lanesOf)))
}

/**
 * Takes an envelope from the first of the wallet's lanes on its topic that has room, and that the account written to has
 * not blocked since; false if there is none.
 */
export function takeFromLane(gate: TokenGate, { envelope, target }: TokenEnvelope, blocks?: CheckedBlocks): boolean {
  const { deps, draft, now, walletLanes, taken } = gate
  const units = unitsOf(envelope.message)
  for (const key of walletLanes.get(target.topic) ?? []) {
    const lane = draft.get(deps.state.lanes, key)
    const hasRoom =
      lane && now < lane.expiresAt && lane.usedUnits + units <= lane.units && lane.usedEnvelopes < lane.envelopes
    if (!hasRoom || isLaneBlocked(blocks, lane)) continue
    const { usedUnits, usedEnvelopes, counter } = lane
    const after = { ...lane, usedUnits: usedUnits + units, usedEnvelopes: usedEnvelopes + 1, counter: counter + 1 }
    draft.set(deps.state.lanes, key, after)
    taken.set(envelope, after)
    return true
  }
  return false
}
