import type { LaneRequest } from '../codec/lane.ts'
import { toBytes32 } from '../crypto/abi.ts'
import { useOf, walletOf } from '../crypto/use.ts'
import { evaluateRule, ruleAt } from '../policy/index.ts'
import { isBlocked } from './block-list.ts'
import type { NamedUse } from './claim.ts'
import { type Claims, collectClaims, usesOf } from './claims.ts'
import type { Groth16 } from './groth16.ts'
import type { LaneContext, OpenedLane, UsedNullifier } from './lane.ts'
import { type Allowance, isRequestOnly, LANE_LIMITS, laneWorth, QUOTE_LIFETIME } from './lane-limits.ts'
import { metConditions } from './met-condition.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { UseClaim } from './ticket.ts'

export type {
  Lane,
  LaneContext,
  OpenedLane,
  TopicPolicy,
  UsedNullifier,
  UsedShare,
  UseGroth16,
} from './lane.ts'

const unlimitedEnvelopes = 0xffffffff

/** The use a request is for: computed, never taken from the caller. */
export function useOfRequest(networkId: Uint8Array, { topic, holder, units, expiresAt }: LaneRequest): Uint8Array {
  return useOf({ networkId, topic, holder, units: BigInt(units), expiresAt })
}

/** The nullifiers (32 bytes each) that a request shows, before anything is verified. */
export function nullifiersOf(request: LaneRequest): Uint8Array[] {
  return request.evidence.flatMap(({ kind }) => (kind.value && 'nullifier' in kind.value ? [kind.value.nullifier] : []))
}

/**
 * Decides whether evidence opens a lane.
 *
 * Pure over its arguments except for the proof back end; a refusal is a value with a stable code. Checks are ordered
 * cheapest first: shape, time and size, each piece of evidence, the policy, its worth, blocks, and pairings last.
 *
 * @example
 * ```ts
 * import { decideLane } from '@pennypost/sdk/verifier'
 *
 * const opened = await decideLane(request, context)
 * console.log(opened.ok ? `${opened.lane.units} units` : `${opened.code}: ${opened.message}`)
 * ```
 */
export async function decideLane(request: LaneRequest, given: LaneContext): Promise<OpenedLane | Refusal> {
  const context = contextAt(given)
  const malformed = checkShape(request, context.now)
  if (malformed) return malformed
  const use = useOfRequest(context.networkId, request)
  const claims = collectClaims(request, { ...context, use })
  if ('code' in claims) return claims

  const refusal =
    decide(claims, context) ??
    checkBounds(request, claims, context) ??
    checkBlocked(request, claims, context) ??
    (await checkProofs(claims, context))
  if (refusal) return refusal
  const [cheat] = claims.cheats
  if (cheat) return { ...refuse('ticket.used', 'The ticket has been used. Use another one.'), cheat }
  return {
    ok: true,
    lane: {
      ...laneOf(request),
      use,
      envelopes: context.policy.recipient ? LANE_LIMITS.firstContactEnvelopes : unlimitedEnvelopes,
    },
    nullifiers: [...usesOf(claims), ...claims.named].map(usedBy),
    tag: usesOf(claims)[0]?.tag,
    payers: accountsOf(claims),
    payments: claims.payments.map(({ place }) => place),
    met: context.policy.recipient ? metConditions(request.evidence, context.policy.rule) : [],
    connections: claims.connections,
    isRequest: isRequest(claims, context),
    checkpointSequence: context.checkpoint?.latest.sequence ?? 0n,
  }
}

/** Full seconds, and what the policy asks at them: a window counts for as long as a quote is honoured. */
function contextAt(given: LaneContext): LaneContext {
  const now = Math.floor(given.now)
  const rule = ruleAt(given.policy.rule, { now, quotedSince: now - QUOTE_LIFETIME })
  return { ...given, now, policy: { ...given.policy, rule } }
}

/** A use in an account's own name has no share of a secret. */
const usedBy = (use: UseClaim | NamedUse): UsedNullifier => {
  const { nullifier, x, noteClass } = use
  return { nullifier, x, y: 'y' in use ? use.y : 0n, noteClass: { kind: noteClass.kind, number: noteClass.number } }
}

/** The accounts that have shown something in their own name. */
const accountsOf = ({ payments, named }: Claims): Uint8Array[] => [
  ...payments.map(({ sender }) => sender),
  ...named.slice(0, 1).map(({ subject }) => subject),
]

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
  if (expiresAt <= BigInt(now)) return refuse('lane.expired', 'The lane would already have expired.')
  if (expiresAt > BigInt(now + LANE_LIMITS.ttl)) return refuse('lane.too-long', 'A lane lasts at most a week.')
  const isLong =
    evidence.length > LANE_LIMITS.evidence || evidence.some(({ also }) => also.length > LANE_LIMITS.alsoMet)
  if (isLong) return refuse('evidence.malformed', 'Too many pieces of evidence.')
  return undefined
}

function decide({ satisfied }: Claims, { policy }: LaneContext): Refusal | undefined {
  const result = evaluateRule(policy.rule, satisfied)
  return result.ok ? undefined : refuse('policy.refused', 'The policy asks for more.', result.missing)
}

/** Whether the policy is met only because of a request, which then takes a place among the recipient's. */
function isRequest({ satisfied, requests }: Claims, { policy }: LaneContext): boolean {
  return isRequestOnly(policy.rule, satisfied, requests)
}

function checkBounds(request: LaneRequest, claims: Claims, context: LaneContext): Refusal | undefined {
  const { units, ttl } = worthOf(claims, context)
  if (request.units > units) return refuse('lane.too-many-units', `This evidence is worth ${units} units.`)
  if (Number(request.expiresAt) > context.now + ttl) {
    return refuse('lane.too-long', `This evidence is worth ${ttl} seconds.`)
  }
  return undefined
}

function worthOf(claims: Claims, context: LaneContext): Allowance {
  const { payments, connections } = claims
  const { allowance, recipient } = context.policy
  return laneWorth({
    isRequest: isRequest(claims, context),
    isConnected: connections.length > 0,
    isFirstContact: recipient !== undefined,
    classes: [...usesOf(claims), ...claims.named, ...payments].map(({ noteClass }) => noteClass),
    allowance,
  })
}

function checkBlocked({ holder }: LaneRequest, claims: Claims, { policy }: LaneContext): Refusal | undefined {
  const tags = new Set(usesOf(claims).map(({ tag }) => tag))
  if (tags.size > 1) return refuse('ticket.tags-differ', 'All tickets of one lane must be from one sender.')
  const wallet = walletOf(holder)
  const wallets = [...(wallet ? [wallet] : []), ...accountsOf(claims)]
  const isRefused =
    wallets.some((value) => isBlocked(policy.blocks, { kind: 'wallet', value })) ||
    [...tags].some((tag) => isBlocked(policy.blocks, { kind: 'tag', value: toBytes32(tag) }))
  return isRefused ? refuse('policy.blocked', 'The recipient has blocked this sender.') : undefined
}

async function checkProofs({ tickets, credentials }: Claims, { groth16 }: LaneContext): Promise<Refusal | undefined> {
  const [areTickets, areCredentials] = await Promise.all([
    areProven(tickets, groth16.ticket),
    areProven(credentials, groth16.credential),
  ])
  if (!areTickets) return refuse('ticket.proof-invalid', 'The proof of a ticket is not valid.')
  return areCredentials ? undefined : refuse('credential.proof-invalid', 'The proof of a credential is not valid.')
}

async function areProven(uses: readonly UseClaim[], groth16: Groth16): Promise<boolean> {
  if (uses.length === 0) return true
  return (await groth16.verify(uses.map(({ item }) => item))).every(Boolean)
}
