import { decodeV2Publish } from '@pennypost/sdk/codec'
import { toAddress, walletHolder } from '@pennypost/sdk/crypto'
import type { NodeDeps } from './deps.ts'
import { type ResolvedTopic, resolveTopic, stateFor, type TokenEnvelope, type TokenGate } from './gates/index.ts'
import { laneRecipient } from './lane-terms.ts'
import { withoutPlace } from './parking.ts'
import { decide, outgoing } from './publish-with-token.ts'
import { createDraft, type Draft } from './state/draft.ts'
import { need, parkedKey, type StateKey } from './state/node-state.ts'
import type { Parked } from './store/index.ts'
import type { Decided } from './transact.ts'

/** A parked publish, and how to put it into what opening its lane writes. */
export type Filing = {
  /** The state that deciding on it reads. */
  readonly keys: readonly StateKey[]
  /** Files it under the new lane; leaves it parked where it is refused all the same. */
  file(draft: Draft, lane: string): Decided | undefined
}

/** Finds what a wallet wanted to publish on a topic before it had a lane there. */
export async function findParked(
  deps: NodeDeps,
  { wallet: bytes, target, now }: { wallet: Uint8Array | undefined; target: ResolvedTopic; now: number },
): Promise<Filing | undefined> {
  const wallet = bytes && toAddress(bytes)
  const recipient = wallet && laneRecipient(target, walletHolder(bytes))
  const parked = recipient && (await deps.store.parked(wallet, recipient))
  if (!parked || parked.topic !== target.topic) return undefined
  const sent = sentOf(parked)
  const request = { deps, wallet, caller: () => parked.caller, now }
  return {
    keys: [need(deps.state.parked, parkedKey), ...sent.flatMap((entry) => stateFor(request, entry.target))],
    file(draft, lane) {
      const gate = (of: Draft): TokenGate => ({
        ...request,
        draft: of,
        walletLanes: new Map([[target.topic, [lane]]]),
        taken: new Map(),
      })
      if (decide(gate(copyOf(deps, draft)), sent)) return undefined
      const final = gate(draft)
      decide(final, sent)
      const places = draft.require(deps.state.parked, parkedKey)
      draft.set(deps.state.parked, parkedKey, withoutPlace(places, parked))
      return { envelopes: outgoing(sent, final.taken), also: { unpark: [parked] } }
    },
  }
}

const sentOf = ({ publish }: Parked): TokenEnvelope[] =>
  decodeV2Publish(publish).map(({ contentTopic, timestampNs, message }) => ({
    envelope: { contentTopic, timestampNs, message },
    target: resolveTopic(contentTopic),
  }))

/** A draft to try things in. */
function copyOf({ state }: NodeDeps, draft: Draft): Draft {
  const copy = createDraft()
  for (const [key, value] of draft.changes(state.lanes)) copy.set(state.lanes, key, value)
  for (const [key, value] of draft.changes(state.topics)) copy.set(state.topics, key, value)
  return copy
}
