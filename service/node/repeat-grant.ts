import { decodeGrant, decodeSignedGrant, type LaneRequest } from '@pennypost/sdk/codec'
import { addressToBytes, toHex } from '@pennypost/sdk/crypto'
import { itemsOfRepeat, nullifiersOf, useOfRequest } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import { resolveTopic } from './gates/index.ts'
import { laneRecipient } from './lane-terms.ts'
import { type Refusal, refuse } from './refusal.ts'

/** An opened lane: an encoded SignedGrant, always the same. */
export type LaneOpened = { readonly ok: true; readonly grant: Uint8Array; readonly isNew: boolean }

/**
 * Repeats the grant of an open lane for whoever shows the tickets that opened it: others may know the lane, and its nullifiers,
 * but not prove them. The proof is verified and not compared, since its maker may have made it anew; how old it is does not
 * matter. A grant without nullifiers says nothing that its request did not, but when it was accepted.
 */
export async function repeatGrant(
  deps: NodeDeps,
  request: LaneRequest,
  grant: Uint8Array,
): Promise<LaneOpened | Refusal> {
  const { nullifiers } = decodeGrant(decodeSignedGrant(grant).grant)
  if (nullifiers.length > 0 && !isSameSet(nullifiers, nullifiersOf(request))) {
    return refuse('lane.opened', 'The lane is open. Its grant is repeated for the tickets that opened it.')
  }
  if (nullifiers.length > 0 && !(await areShown(deps, request))) {
    return refuse('ticket.proof-invalid', 'The proof of a ticket is not valid.')
  }
  return { ok: true, grant, isNew: false }
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
  const valid = [...(await deps.groth16.verify(perTicket.flat()))]
  return perTicket.every((items) => valid.splice(0, items.length).some(Boolean))
}

function isSameSet(some: readonly Uint8Array[], others: readonly Uint8Array[]): boolean {
  const [a, b] = [some, others].map((list) => list.map(toHex).sort().join())
  return a === b
}
