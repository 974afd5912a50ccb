import type { Evidence, LaneRequest } from '../codec/lane.ts'
import { type Condition, leavesOf } from '../policy/index.ts'
import { checkConnection } from './connection.ts'
import type { LaneContext } from './lane.ts'
import { type Refusal, refuse } from './refusal.ts'
import { checkTicket, type TicketClaim } from './ticket.ts'
import { workOf } from './work.ts'

/** What the evidence of one request comes to, before any proof is verified. */
export type Claims = {
  /** Conditions that evidence meets, by index. */
  readonly satisfied: Set<number>
  /** Those among them that are requests. */
  readonly requests: Set<number>
  readonly tickets: TicketClaim[]
  isConnected: boolean
}

/** The context of one request, with the use computed from it. */
export type Checking = LaneContext & { readonly use: Uint8Array }

/** Checks all evidence but the proofs of tickets; cheapest first within each piece. */
export function collectClaims(request: LaneRequest, context: Checking): Claims | Refusal {
  const leaves = leavesOf(context.policy.rule)
  const claims: Claims = { satisfied: new Set(), requests: new Set(), tickets: [], isConnected: false }
  const shown = Map.groupBy(request.evidence, ({ condition }) => condition)
  for (const [index, pieces] of shown) {
    const leaf = leaves[index]
    const refusal = leaf
      ? collectLeaf(leaf.condition, pieces, { claims, request, context })
      : refuse('evidence.not-asked', `The policy has no condition ${index}.`)
    if (refusal) return refusal
    claims.satisfied.add(index)
    if (leaf?.condition.kind === 'request') claims.requests.add(index)
  }
  if (new Set(claims.tickets.map(({ nullifier }) => nullifier)).size < claims.tickets.length) {
    return refuse('evidence.counted-twice', 'One ticket is shown twice.')
  }
  return claims
}

type Collecting = { claims: Claims; request: LaneRequest; context: Checking }

function collectLeaf(condition: Condition, pieces: readonly Evidence[], collecting: Collecting): Refusal | undefined {
  if (condition.kind === 'stamp') return collectTickets(condition.count, pieces, collecting)
  const [piece, second] = pieces
  if (second) return refuse('evidence.counted-twice', 'A condition is met by one piece of evidence.')
  if (condition.kind === 'connection') return collectConnection(piece, collecting)
  if (condition.kind === 'request') return checkWork(piece, collecting.context.policy.requestBits, collecting)
  if (condition.kind === 'work') return checkWork(piece, condition.bits, collecting)
  return refuse('evidence.not-asked', `"${condition.kind}" takes no evidence.`)
}

function collectTickets(
  count: number,
  pieces: readonly Evidence[],
  { claims, context }: Collecting,
): Refusal | undefined {
  if (pieces.length !== count)
    return refuse('evidence.malformed', `The condition takes ${count} tickets, not ${pieces.length}.`)
  for (const { kind } of pieces) {
    if (kind.case !== 'ticket') return refuse('evidence.malformed', 'A stamp is shown by a ticket.')
    const claim = checkTicket(kind.value, { ...context, recipient: context.policy.recipient })
    if ('code' in claim) return claim
    if (context.isUsed(claim.nullifier)) return refuse('ticket.used', 'The ticket has been used. Use another one.')
    claims.tickets.push(claim)
  }
  return undefined
}

function collectConnection(piece: Evidence | undefined, { claims, request, context }: Collecting): Refusal | undefined {
  if (piece?.kind.case !== 'connection')
    return refuse('evidence.malformed', 'A connection is shown by the grant itself.')
  const { networkId, now, policy } = context
  const target = {
    networkId,
    now,
    holder: request.holder,
    recipient: policy.recipient,
    revoked: policy.revokedConnections,
  }
  claims.isConnected = true
  return checkConnection(piece.kind.value, target)
}

function checkWork(piece: Evidence | undefined, bits: number, { context }: Collecting): Refusal | undefined {
  if (piece?.kind.case !== 'work') return refuse('evidence.malformed', 'Work is shown by a nonce.')
  const done = workOf({ use: context.use, condition: piece.condition }, piece.kind.value.nonce)
  return done < bits ? refuse('work.too-little', `The work has ${done} of ${bits} bits.`) : undefined
}
