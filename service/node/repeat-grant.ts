import type { LaneRequest } from '@pennypost/sdk/codec'
import { addressToBytes, equalBytes } from '@pennypost/sdk/crypto'
import { digestEvidence, itemsOfRepeat, useOfRequest } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import { resolveTopic } from './gates/index.ts'
import { laneRecipient } from './lane-terms.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { GrantOf } from './store/index.ts'

/** An opened lane: an encoded SignedGrant, always the same. */
export type LaneOpened = { readonly ok: true; readonly grant: Uint8Array; readonly isNew: boolean }

/**
 * Repeats the grant of an open lane for whoever shows what opened it: others may know the lane, and not the tickets, the
 * payment, the connection or the other lane's signature. The proof of a ticket is verified and not compared, since its maker
 * may have made it anew; how old it is does not matter. A credential's is neither: which fact it was for, only the policy of that
 * time could tell; whoever repeats it shows its share of the secret, which {@link digestEvidence} compares.
 */
export async function repeatGrant(
  deps: NodeDeps,
  request: LaneRequest,
  { grant, shown }: GrantOf,
): Promise<LaneOpened | Refusal> {
  if (!shown || !equalBytes(shown, digestEvidence(request))) {
    return refuse('lane.opened', 'The lane is open. Its grant is repeated for the evidence that opened it.')
  }
  const isProved = await areShown(deps, request)
  return isProved
    ? { ok: true, grant, isNew: false }
    : refuse('ticket.proof-invalid', 'The proof of a ticket is not valid.')
}

async function areShown(deps: NodeDeps, request: LaneRequest): Promise<boolean> {
  const recipient = laneRecipient(resolveTopic(request.topic), request.holder)
  const target = {
    networkId: deps.network.id,
    use: useOfRequest(deps.network.id, request),
    recipient: recipient && addressToBytes(recipient),
    checkpoint: deps.checkpoint(),
  }
  const perTicket = request.evidence.flatMap(({ kind }) =>
    kind.case === 'ticket' ? [itemsOfRepeat(kind.value, target)] : [],
  )
  if (perTicket.length === 0) return true
  const valid = [...(await deps.groth16.ticket.verify(perTicket.flat()))]
  return perTicket.every((items) => valid.splice(0, items.length).some(Boolean))
}
