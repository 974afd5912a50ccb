import { decodeConnectionStatement, type Evidence, type LaneRequest } from '../codec/lane.ts'
import { type Condition, isFact, leavesOf } from '../policy/index.ts'
import { byCondition } from './by-condition.ts'
import type { NamedUse } from './claim.ts'
import { collectFact } from './collect-facts.ts'
import type { LaneContext } from './lane.ts'
import { checkPayment, type PaymentClaim } from './payment.ts'
import { type Cheat, type Refusal, refuse } from './refusal.ts'
import { checkTicket, type TicketKind, type UseClaim } from './ticket.ts'
import { workOf } from './work.ts'

/** What the evidence of one request comes to, before any proof is verified. */
export type Claims = {
  /** Conditions that evidence meets, by index. */
  readonly satisfied: Set<number>
  /** Those among them that are requests. */
  readonly requests: Set<number>
  readonly tickets: UseClaim[]
  readonly credentials: UseClaim[]
  /** Uses of facts in an account's own name: all of one account. */
  readonly named: NamedUse[]
  readonly payments: PaymentClaim[]
  /** Tickets among them that were used for something else: once proved, they are what gives a cheater away. */
  readonly cheats: Cheat[]
  /** Serials of the connections that were shown. */
  readonly connections: Uint8Array[]
}

/** The context of one request, with the use computed from it. */
export type Checking = LaneContext & { readonly use: Uint8Array }

/** Checks all evidence but the proofs of tickets and credentials; cheapest first within each piece. */
export function collectClaims(request: LaneRequest, context: Checking): Claims | Refusal {
  const leaves = leavesOf(context.policy.rule)
  const claims: Claims = {
    satisfied: new Set(),
    requests: new Set(),
    tickets: [],
    credentials: [],
    named: [],
    payments: [],
    cheats: [],
    connections: [],
  }
  const collecting = { claims, request, context, paid: new Map() }
  for (const [index, pieces] of byCondition(request.evidence)) {
    const leaf = leaves[index]
    const refusal = leaf
      ? collectLeaf(leaf.condition, pieces, collecting)
      : refuse('evidence.not-asked', `The policy has no condition ${index}.`)
    if (refusal) return refusal
    claims.satisfied.add(index)
    if (leaf?.condition.kind === 'request') claims.requests.add(index)
  }
  const uses = nullifiersIn(claims)
  if (new Set(uses).size < uses.length) return refuse('evidence.counted-twice', 'One ticket is shown twice.')
  return claims
}

const nullifiersIn = (claims: Claims): bigint[] =>
  [...usesOf(claims), ...claims.named].map(({ nullifier }) => nullifier)

/** All uses of notes: tickets of the tree, then those that issuers have signed. */
export const usesOf = ({ tickets, credentials }: Claims): UseClaim[] => [...tickets, ...credentials]

type Collecting = {
  readonly claims: Claims
  readonly request: LaneRequest
  readonly context: Checking
  /** Payments that were checked, and which of their parts have counted. */
  readonly paid: Map<Evidence, { readonly claim: PaymentClaim; readonly counted: Set<Part> }>
}

function collectLeaf(condition: Condition, pieces: readonly Evidence[], collecting: Collecting): Refusal | undefined {
  if (condition.kind === 'stamp') return collectTickets({ kind: 'stamp', count: condition.count }, pieces, collecting)
  if (isFact(condition)) return collectFact(condition, pieces, collecting)
  const [piece, second] = pieces
  if (second) return refuse('evidence.counted-twice', 'Each condition takes one piece of evidence.')
  switch (condition.kind) {
    case 'stake':
      return collectTickets({ kind: 'stake', count: 1, class: condition.class }, pieces, collecting)
    case 'postage':
    case 'bond':
    case 'tip':
      return collectPayment(condition, piece, collecting)
    case 'connection':
      return collectConnection(piece, collecting)
    case 'request':
      return checkWork(piece, collecting.context.policy.requestBits, collecting)
    case 'work':
      return checkWork(piece, condition.bits, collecting)
    default:
      return refuse('evidence.not-asked', `"${condition.kind}" takes no evidence.`)
  }
}

type Asked = { readonly kind: TicketKind; readonly count: number; readonly class?: number }

function collectTickets(asked: Asked, pieces: readonly Evidence[], collecting: Collecting): Refusal | undefined {
  if (pieces.length !== asked.count)
    return refuse('evidence.malformed', `The condition takes ${asked.count} tickets, not ${pieces.length}.`)
  for (const piece of pieces) {
    const refusal = collectTicket(asked, piece, collecting)
    if (refusal) return refusal
  }
  return undefined
}

function collectTicket(asked: Asked, { kind, also }: Evidence, { claims, context }: Collecting): Refusal | undefined {
  if (kind.case !== 'ticket' || also.length > 0) {
    return refuse('evidence.malformed', `A ${asked.kind} is shown by a ticket, for one condition.`)
  }
  if (asked.class !== undefined && kind.value.classNumber !== asked.class) {
    return refuse('evidence.malformed', `The condition takes a ticket of class ${asked.class}.`)
  }
  const claim = checkTicket(kind.value, { ...context, recipient: context.policy.recipient }, asked.kind)
  if ('code' in claim) return claim
  if (context.isLeaked(claim.nullifier)) return refuse('ticket.leaked', "The stake's secret is public.")
  claims.tickets.push(claim)
  return checkUsed(claim, { claims, context }, asked.kind)
}

/** A used stamp is only used. A stake's second use is proved first: then it costs the cheater its stake. */
function checkUsed(
  { nullifier, x, y, noteClass }: UseClaim,
  { claims, context }: Pick<Collecting, 'claims' | 'context'>,
  kind: TicketKind,
): Refusal | undefined {
  const first = context.usedShare(nullifier)
  if (!first) return undefined
  if (kind === 'stamp' || first.y === undefined || first.x === x) {
    return refuse('ticket.used', 'The ticket has been used. Use another one.')
  }
  const { number: classNumber } = noteClass
  claims.cheats.push({ classNumber, nullifier, first: { x: first.x, y: first.y }, second: { x, y } })
  return undefined
}

/** What each condition on a payment asks of. */
const parts = { postage: 'base', bond: 'bond', tip: 'tip' } as const
type Part = (typeof parts)[keyof typeof parts]
type PaymentCondition = Extract<Condition, { kind: keyof typeof parts }>

function collectPayment(
  { kind, amount }: PaymentCondition,
  piece: Evidence | undefined,
  collecting: Collecting,
): Refusal | undefined {
  const payment = payOnce(piece, collecting)
  if ('code' in payment) return payment
  const part = parts[kind]
  if (payment.counted.has(part)) return refuse('evidence.counted-twice', `The ${part} of one payment counts once.`)
  payment.counted.add(part)
  if (payment.claim[part] >= amount) return undefined
  return refuse('payment.too-little', `The payment's ${part} is less than ${amount} of the token's smallest units.`)
}

/** The payment of a piece: checked once, however many conditions it meets. */
function payOnce(piece: Evidence | undefined, { claims, context, paid }: Collecting) {
  if (piece?.kind.case !== 'payment')
    return refuse('evidence.malformed', 'This condition takes a payment as its evidence.')
  const known = paid.get(piece)
  if (known) return known
  const claim = checkPayment(piece.kind.value, { ...context, recipient: context.policy.recipient })
  if ('code' in claim) return claim
  if (claims.payments.some(({ id }) => id === claim.id)) {
    return refuse('evidence.counted-twice', 'One payment is shown twice.')
  }
  claims.payments.push(claim)
  const payment = { claim, counted: new Set<Part>() }
  paid.set(piece, payment)
  return payment
}

function collectConnection(piece: Evidence | undefined, { claims, request, context }: Collecting): Refusal | undefined {
  if (piece?.kind.case !== 'connection' || piece.also.length > 0)
    return refuse('evidence.malformed', 'This condition takes a connection as its evidence.')
  const { networkId, now, policy, checkConnection } = context
  if (!checkConnection) return refuse('evidence.not-asked', 'No connections are verified here.')
  const target = {
    networkId,
    now,
    holder: request.holder,
    recipient: policy.recipient,
    blocks: policy.blocks,
  }
  const refusal = checkConnection(piece.kind.value, target)
  if (!refusal) claims.connections.push(decodeConnectionStatement(piece.kind.value.statement).serial)
  return refusal
}

function checkWork(piece: Evidence | undefined, bits: number, { context }: Collecting): Refusal | undefined {
  if (piece?.kind.case !== 'work' || piece.also.length > 0)
    return refuse('evidence.malformed', 'This condition takes a nonce as its evidence.')
  const done = workOf({ use: context.use, condition: piece.condition }, piece.kind.value.nonce)
  return done < bits ? refuse('work.too-little', `The work has ${done} of ${bits} bits.`) : undefined
}
