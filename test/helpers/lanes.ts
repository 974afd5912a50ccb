import {
  type Connection,
  type ConnectionStatement,
  decodeLaneRequest,
  encodeLaneRequest,
  type LaneRequest,
} from '../../sdk/codec/lane.ts'
import { poseidon } from '../../sdk/crypto/poseidon.ts'
import { grantConnection, type TicketFields, type TicketRequest } from '../../sdk/evidence/index.ts'
import { prepareTicket } from '../../sdk/evidence/prove-ticket.ts'
import { parseRule, type Rule } from '../../sdk/policy/index.ts'
import {
  checkConnection,
  decideLane,
  factVerifiers,
  type LaneContext,
  type ProofItem,
  type TopicPolicy,
  workOf,
} from '../../sdk/verifier/index.ts'
import { forBoth } from './groth16.ts'
import { bob, lane, laneUse, networkId, now, recipient, seeded, ticketRequest, view } from './world.ts'

// Requests for lanes and what they are decided by, for tests that change one thing at a time.

export type RequestInit = Parameters<typeof encodeLaneRequest>[0]
export type EvidenceInit = NonNullable<RequestInit['evidence']>[number]

/** A request for the usual lane, as it comes off the wire. */
export const laneRequest = (fields: RequestInit = {}): LaneRequest =>
  decodeLaneRequest(encodeLaneRequest({ ...lane, ...fields }))

/** A ticket with a proof that only a back end could tell from a real one. */
export const fakeTicket = (fields: Partial<TicketRequest> = {}): TicketFields => ({
  ...prepareTicket(ticketRequest(fields)).fields,
  proof: new Uint8Array(256).fill(1),
})

export const ticketEvidence = (condition: number, ticket: TicketFields): EvidenceInit => ({
  condition,
  kind: { case: 'ticket', value: ticket },
})

export const workEvidence = (condition: number, nonce: bigint): EvidenceInit => ({
  condition,
  kind: { case: 'work', value: { nonce } },
})

/** The nonce of the least work that is at least, or below, some bits. */
export function findNonce(condition: number, isEnough: (bits: number) => boolean, use = laneUse()): bigint {
  for (let nonce = 0n; ; nonce++) if (isEnough(workOf({ use, condition }, nonce))) return nonce
}

export const statement: ConnectionStatement = {
  networkId,
  owner: recipient,
  holder: lane.holder,
  serial: seeded(5)(16),
  expiresAt: BigInt(now + 86_400),
}

/** Bob's connection for the holder of the usual lane. */
export const connect = (fields: Partial<ConnectionStatement> = {}) =>
  grantConnection(
    { ...statement, ...fields },
    { identityKey: bob.keys.identityKey.publicKey, privateKey: bob.keys.identityKey.secret },
  )

export const connectionEvidence = (condition: number, value: ReturnType<typeof connect>): EvidenceInit => ({
  condition,
  kind: { case: 'connection', value: value as unknown as Connection },
})

/** A back end that answers always the same, and keeps what it was asked. */
export function fixedGroth16(answer: boolean) {
  const asked: ProofItem[] = []
  const groth16 = forBoth({
    async verify(items) {
      asked.push(...items)
      return items.map(() => answer)
    },
  })
  return { asked, groth16 }
}

/** A host that has seen nothing, hashes, and takes facts. */
export const nothingUsed = {
  usedShare: () => undefined,
  isLeaked: () => false,
  poseidon,
  facts: factVerifiers,
  checkConnection,
} as const

/** The policy of a first contact with bob. */
export const topicPolicy = (rule: string | Rule, fields: Partial<TopicPolicy> = {}): TopicPolicy => ({
  rule: typeof rule === 'string' ? parseRule(rule) : rule,
  recipient,
  requestBits: 8,
  ...fields,
})

/** The policy of a topic that is nobody's. */
export function commonPolicy(rule: string): TopicPolicy {
  const { recipient: _, ...policy } = topicPolicy(rule)
  return policy
}

export type Deciding = { request?: RequestInit; policy: TopicPolicy; context?: Partial<LaneContext> }

/** Decides on a request with a back end that believes every proof, unless told otherwise. */
export async function decide({ request = {}, policy, context = {} }: Deciding) {
  const { asked, groth16 } = fixedGroth16(true)
  const given = { networkId, policy, checkpoint: view, now, ...nothingUsed, groth16, ...context }
  return { asked, result: await decideLane(laneRequest(request), given) }
}
