import type { Evidence, LaneRequest } from '../codec/lane.ts'
import { toBytes32 } from '../crypto/abi.ts'
import { toHex } from '../crypto/bytes.ts'
import { useOf, walletOf } from '../crypto/use.ts'
import { type Condition, evaluateRule, leavesOf, type Rule } from '../policy/index.ts'
import type { CheckpointView } from './checkpoint.ts'
import { checkConnection } from './connection.ts'
import type { Groth16 } from './groth16.ts'
import { type Refusal, refuse } from './refusal.ts'
import { checkTicket, type TicketClaim } from './ticket.ts'
import { workOf } from './work.ts'

/** What the topic of a lane asks for, as the verifier's host knows it. */
export type TopicPolicy = {
  /** The effective rule: its leaves are what evidence names by index. */
  readonly rule: Rule
  /** The account written to (20 bytes) on a first-contact topic; absent elsewhere. */
  readonly recipient?: Uint8Array
  /** Leading zero bits that a `request` costs. */
  readonly requestBits: number
  /** Blocked tags, blocked wallets and revoked serials, in hex. */
  readonly blockedTags: ReadonlySet<string>
  readonly blockedWallets: ReadonlySet<string>
  readonly revokedConnections: ReadonlySet<string>
}

/** All that deciding on a lane needs; the verifier itself has no clock, no store and no network. */
export type LaneContext = {
  readonly networkId: Uint8Array
  readonly policy: TopicPolicy
  readonly checkpoint: CheckpointView | undefined
  /** Unix seconds. */
  readonly now: number
  /** Whether a nullifier was used before; the host looks up {@link nullifiersOf} first. */
  readonly isUsed: (nullifier: bigint) => boolean
  readonly groth16: Groth16
}

/** A lane that may publish. */
export type Lane = {
  readonly use: Uint8Array
  readonly topic: string
  readonly holder: Uint8Array
  readonly units: number
  /** Unix seconds. */
  readonly expiresAt: number
  /** How many envelopes it carries at most: one on first contact. */
  readonly envelopes: number
}

/** One use of a note, to be kept so that there is no second one. */
export type UsedNullifier = { readonly nullifier: bigint; readonly x: bigint; readonly y: bigint }

/** What opening a lane comes to, when nothing is missing. The host stores all of it in one transaction. */
export type OpenedLane = {
  readonly ok: true
  readonly lane: Lane
  readonly nullifiers: readonly UsedNullifier[]
  /** The sender's pseudonym toward the recipient, where a ticket showed one. */
  readonly tag: bigint | undefined
  /** Whether it takes a place in the recipient's bucket of requests. */
  readonly isRequest: boolean
  readonly checkpointSequence: bigint
}

/** Bounds of every lane, whatever its evidence. */
export const LANE_LIMITS = { units: 4096, ttl: 7 * 86_400, evidence: 64, firstContactTtl: 86_400 } as const

const openUnits = 16
const openTtl = 86_400
const unlimitedEnvelopes = 0xffffffff

/** The use a request is for: computed, never taken from the caller. */
export function useOfRequest(networkId: Uint8Array, { topic, holder, units, expiresAt }: LaneRequest): Uint8Array {
  return useOf({ networkId, topic, holder, units: BigInt(units), expiresAt })
}

/** The nullifiers (32 bytes each) that a request shows, before anything is verified. */
export function nullifiersOf(request: LaneRequest): Uint8Array[] {
  return request.evidence.flatMap(({ kind }) => (kind.case === 'ticket' ? [kind.value.nullifier] : []))
}

/**
 * Decides whether evidence opens a lane.
 *
 * Pure over its arguments but for the proof back end; a refusal is a value with a stable code. Checks are ordered
 * cheapest first: shape, time and size, each piece of evidence, the policy, blocks, and pairings last.
 */
export async function openLane(request: LaneRequest, context: LaneContext): Promise<OpenedLane | Refusal> {
  const malformed = checkShape(request, context.now)
  if (malformed) return malformed
  const use = useOfRequest(context.networkId, request)
  const claims = collectClaims(request, { ...context, use })
  if ('code' in claims) return claims

  const refusal =
    checkBounds(request, claims, context) ?? decide(claims, context) ?? checkBlocked(request, claims, context)
  if (refusal) return refusal
  if (!(await areProven(claims.tickets, context.groth16))) {
    return refuse('ticket.proof-invalid', 'The proof of a ticket does not hold.')
  }
  return {
    ok: true,
    lane: { ...laneOf(request), use, envelopes: context.policy.recipient ? 1 : unlimitedEnvelopes },
    nullifiers: claims.tickets.map(({ nullifier, x, y }) => ({ nullifier, x, y })),
    tag: claims.tickets[0]?.tag,
    isRequest: claims.isRequest,
    checkpointSequence: context.checkpoint?.latest.sequence ?? 0n,
  }
}

/** What the evidence of one request comes to while it is being checked. */
type Claims = { satisfied: Set<number>; tickets: TicketClaim[]; allowances: Allowance[]; isRequest: boolean }
type Allowance = { units: number; ttl: number }
type Checking = LaneContext & { use: Uint8Array }

const laneOf = ({ topic, holder, units, expiresAt }: LaneRequest) => ({
  topic,
  holder,
  units,
  expiresAt: Number(expiresAt),
})

function checkShape({ topic, holder, units, expiresAt, evidence }: LaneRequest, now: number): Refusal | undefined {
  if (topic.length > 300 || holder.length !== 32)
    return refuse('lane.malformed', 'A lane has a topic and a holder of 32 bytes.')
  if (units < 1 || units > LANE_LIMITS.units)
    return refuse('lane.too-many-units', `A lane has 1 to ${LANE_LIMITS.units} units.`)
  if (expiresAt <= BigInt(now)) return refuse('lane.expired', 'The lane would be over already.')
  if (expiresAt > BigInt(now + LANE_LIMITS.ttl)) return refuse('lane.too-long', 'A lane lives for a week at most.')
  if (evidence.length > LANE_LIMITS.evidence) return refuse('evidence.malformed', 'Too many pieces of evidence.')
  return undefined
}

function collectClaims(request: LaneRequest, context: Checking): Claims | Refusal {
  const leaves = leavesOf(context.policy.rule)
  const claims: Claims = { satisfied: new Set(), tickets: [], allowances: [], isRequest: false }
  const shown = Map.groupBy(request.evidence, ({ condition }) => condition)
  for (const [index, pieces] of shown) {
    const leaf = leaves[index]
    const refusal = leaf
      ? collectLeaf(leaf.condition, pieces, { claims, request, context })
      : refuse('evidence.not-asked', `The policy has no condition ${index}.`)
    if (refusal) return refusal
    claims.satisfied.add(index)
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
  if (condition.kind === 'request') return collectWork(piece, collecting.context.policy.requestBits, collecting, true)
  if (condition.kind === 'work') return collectWork(piece, condition.bits, collecting, false)
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
  claims.allowances.push({ units: openUnits, ttl: openTtl })
  return checkConnection(piece.kind.value, target)
}

function collectWork(piece: Evidence | undefined, bits: number, { claims, context }: Collecting, isRequest: boolean) {
  if (piece?.kind.case !== 'work') return refuse('evidence.malformed', 'Work is shown by a nonce.')
  const done = workOf({ use: context.use, condition: piece.condition }, piece.kind.value.nonce)
  if (done < bits) return refuse('work.too-little', `The work has ${done} of ${bits} bits.`)
  claims.isRequest ||= isRequest
  claims.allowances.push({ units: isRequest ? 1 : openUnits, ttl: openTtl })
  return undefined
}

/** Tickets add up; of other evidence the most generous piece counts; without any, a lane is small. */
function checkBounds(
  request: LaneRequest,
  { tickets, allowances }: Claims,
  { now, policy }: LaneContext,
): Refusal | undefined {
  const ofTickets = {
    units: tickets.reduce((sum, { noteClass }) => sum + noteClass.unitsPerTicket, 0),
    ttl: Math.max(0, ...tickets.map(({ noteClass }) => noteClass.laneTtl)),
  }
  const shown = tickets.length > 0 ? [...allowances, ofTickets] : allowances
  const all = shown.length > 0 ? shown : [{ units: openUnits, ttl: openTtl }]
  const units = Math.max(...all.map((allowance) => allowance.units))
  const ttl = Math.min(
    Math.max(...all.map((allowance) => allowance.ttl)),
    policy.recipient ? LANE_LIMITS.firstContactTtl : Infinity,
  )
  if (request.units > units) return refuse('lane.too-many-units', `This evidence is worth ${units} units.`)
  if (Number(request.expiresAt) > now + ttl) return refuse('lane.too-long', `This evidence is worth ${ttl} seconds.`)
  return undefined
}

function decide({ satisfied }: Claims, { policy }: LaneContext): Refusal | undefined {
  const verdict = evaluateRule(policy.rule, satisfied)
  return verdict.ok ? undefined : refuse('policy.refused', 'The policy asks for more.', verdict.missing)
}

function checkBlocked({ holder }: LaneRequest, { tickets }: Claims, { policy }: LaneContext): Refusal | undefined {
  const tags = new Set(tickets.map(({ tag }) => tag))
  if (tags.size > 1) return refuse('ticket.tags-differ', 'All tickets of one lane are of one sender.')
  const wallet = walletOf(holder)
  const isBlocked =
    (wallet && policy.blockedWallets.has(toHex(wallet))) ||
    [...tags].some((tag) => policy.blockedTags.has(toHex(toBytes32(tag))))
  return isBlocked ? refuse('policy.blocked', 'The recipient has blocked this sender.') : undefined
}

async function areProven(tickets: readonly TicketClaim[], groth16: Groth16): Promise<boolean> {
  if (tickets.length === 0) return true
  return (await groth16.verify(tickets.map(({ item }) => item))).every(Boolean)
}
