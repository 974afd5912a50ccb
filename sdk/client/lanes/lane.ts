import {
  decodeGrant,
  digestEnvelope,
  type Envelope,
  envelopeStatement,
  grantStatement,
  type LaneEnvelope,
  type Receipt,
  receiptStatement,
  renewalStatement,
} from '../../codec/index.ts'
import {
  ed25519PublicKey,
  equalBytes,
  fromBytes,
  type RandomBytes,
  signEd25519,
  useOf,
  verifyEd25519,
} from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { AnonymousNode, LaneRefusal, LaneRequestInit } from '../../transport/index.ts'
import { unitsOf } from '../../verifier/index.ts'
import type { ClientNetwork } from '../session/network.ts'
import { retried } from '../session/retry.ts'
import type { LaneHomes } from './lane-homes.ts'
import type { Receipts } from './receipts.ts'

/** What a lane is: all that its use is computed from. */
export type LaneTerms = {
  readonly topic: string
  /** 32 bytes: an Ed25519 key, or a wallet. */
  readonly holder: Uint8Array
  readonly units: number
  /** Unix seconds. */
  readonly expiresAt: bigint
}

/** A lane with the key (an Ed25519 seed) of its holder. */
export type OwnLane = LaneTerms & { readonly key: Uint8Array }

/** What opening a lane needs besides: evidence, or the word of the holder of another lane on the topic. */
export type LaneAsk = Pick<LaneRequestInit, 'evidence' | 'policyVersion'> & { readonly renews?: OwnLane }

/** The edges of lanes. */
export type LaneEdges = {
  readonly anonymous: AnonymousNode
  readonly network: Pick<ClientNetwork, 'id' | 'nodeKey'>
  /** Other nodes, where lanes have their homes; without it, the own node is the only one. */
  readonly homes?: LaneHomes | undefined
  /** Keeps what nodes sign. */
  readonly receipts?: Receipts | undefined
}

/** Sizes of lanes in conversations, the same for everybody. */
export const conversationLane = { units: 1024, ttl: 7 * 86_400 } as const

const clockMargin = 120

/** A lane with a key, the end of its life a full hour where that is far enough away. */
export function makeLane(key: Uint8Array, fields: Omit<LaneTerms, 'holder'>): OwnLane {
  return { ...fields, key, holder: ed25519PublicKey(key) }
}

/** A client that is faster than this does not start; lanes that live long enough leave room for all of it. */
const maxFastSeconds = 3600
const longLane = 4 * 3600

/** What lanes end at: the longest of these that takes no more than half of what a lane is worth. */
const roundings = [3600, 600, 60] as const

/**
 * When a lane made now and worth `ttl` seconds ends: at a full hour, which many lanes share; of those that are worth less than
 * two hours, at ten full minutes or at one. Never at a second that only one clock has.
 */
export function expiryOf(now: number, ttl: number): bigint {
  const step = roundings.find((seconds) => seconds <= ttl / 2) ?? 60
  const margin = ttl >= longLane ? maxFastSeconds : Math.min(clockMargin, Math.floor(ttl / 4))
  const latest = now + ttl - margin
  return BigInt(latest - (latest % step))
}

/** When a lane ends whose holder has others: at random, so that no two are the same. Up to 21 hours from now. */
export function randomExpiry(now: number, random: RandomBytes): bigint {
  return BigInt(now + 3600) + (fromBytes(random(3)) % 72_000n)
}

/** The one thing that evidence for a lane is good for. */
export const useOfLane = (networkId: Uint8Array, { units, ...lane }: LaneTerms): Uint8Array =>
  useOf({ networkId, ...lane, units: BigInt(units) })

/** So many keys are tried, of which one in as many as there are nodes will do. */
const mostKeys = 1000

/**
 * A lane to open by the word of another one. Its key is one that makes the node its home which has that lane: so whoever
 * gets it in a letter, or finds it in the log, knows where it is.
 */
export function makeRenewal(
  { network, homes }: LaneEdges,
  { renews, random, ...terms }: Omit<LaneTerms, 'holder'> & { readonly renews: OwnLane; readonly random: RandomBytes },
): OwnLane {
  const use = useOfLane(network.id, renews)
  let lane = makeLane(random(32), terms)
  for (let i = 1; i < mostKeys && homes && !homes.isBeside(useOfLane(network.id, lane), use); i++)
    lane = makeLane(random(32), terms)
  return lane
}

/**
 * Opens a lane at its home. Repeated unchanged where the node does not answer: the same request has the same answer.
 */
export async function openLane(
  edges: LaneEdges,
  { topic, holder, units, expiresAt }: LaneTerms,
  { renews, ...ask }: LaneAsk,
  signal?: AbortSignal,
): Promise<{ ok: true /** What had waited for it. */; filed: number } | LaneRefusal> {
  const { id } = edges.network
  const use = useOfLane(id, { topic, holder, units, expiresAt })
  const renewal = renews && {
    use: useOfLane(id, renews),
    signature: signEd25519(renewalStatement(use), renews.key),
  }
  const request = { topic, holder, units, expiresAt, ...ask, ...(renewal && { renewal }) }
  const home = edges.homes?.at(use, { evidence: ask.evidence, renews: renewal?.use })
  const { anonymous, network } = home ?? edges
  const answer = await retried(() => anonymous.openLane(request, { signal }), signal)
  if (!answer.ok) return answer
  const { grant, signature } = answer.grant
  const granted = decodeGrant(grant)
  if (!verifyEd25519(signature, grantStatement(grant), network.nodeKey) || !equalBytes(granted.use, use)) {
    throw new GrantInvalidError("The node's grant is not for the lane that was asked for.")
  }
  if (ask.evidence?.length) edges.receipts?.keepGrant({ nodeKey: network.nodeKey, topic, use, grant, signature })
  return { ok: true, filed: granted.filed }
}

/** A lane that this process publishes under, and how much of it is gone. */
export class LaneWriter {
  readonly lane: OwnLane
  readonly #edges: LaneEdges
  #counter = 0
  #usedUnits = 0

  constructor(edges: LaneEdges, lane: OwnLane) {
    this.#edges = edges
    this.lane = lane
  }

  /** Whether an envelope still fits, with some time to spare. */
  hasRoom(envelope: Pick<Envelope, 'message'>, now: number): boolean {
    const { units, expiresAt } = this.lane
    return this.#usedUnits + unitsOf(envelope.message) <= units && BigInt(now + clockMargin / 2) < expiresAt
  }

  /** Signs an envelope; each has its own counter for ever. */
  sign(envelope: Envelope): SignedEnvelope {
    const { key } = this.lane
    const use = useOfLane(this.#edges.network.id, this.lane)
    const [counter, digest] = [++this.#counter, digestEnvelope(envelope)]
    this.#usedUnits += unitsOf(envelope.message)
    const statement = envelopeStatement(use, { counter, timestampNs: envelope.timestampNs, digest })
    return { envelope, use, counter, signature: signEd25519(statement, key) }
  }
}

/** An envelope as it is published under a lane. */
export type SignedEnvelope = Pick<LaneEnvelope, 'use' | 'counter' | 'signature'> & { readonly envelope: Envelope }

/** Publishes a signed envelope; repeated unchanged where the node does not answer. Answers the node's number for it. */
export async function publishSigned(
  edges: LaneEdges,
  signed: SignedEnvelope,
  signal?: AbortSignal,
): Promise<{ ok: true; sequence: bigint } | LaneRefusal> {
  const { anonymous, network } = edges.homes?.at(signed.use) ?? edges
  const answer = await retried(() => anonymous.publishLane({ envelopes: [signed] }, { signal }), signal)
  if (!answer.ok) return answer
  const digest = digestEnvelope(signed.envelope)
  const receipt = answer.receipts.find((candidate) => equalBytes(candidate.digest, digest))
  if (!receipt || !isReceiptOf(network.nodeKey, receipt)) {
    throw new GrantInvalidError('The node has given no receipt for what was published.')
  }
  const { sequence, signature } = receipt
  const { contentTopic: topic, message } = signed.envelope
  edges.receipts?.keepReceipt({
    nodeKey: network.nodeKey,
    topic,
    use: signed.use,
    digest,
    sequence,
    signature,
    message,
  })
  return { ok: true, sequence }
}

const isReceiptOf = (nodeKey: Uint8Array, { digest, sequence, signature }: Receipt): boolean =>
  verifyEd25519(signature, receiptStatement(digest, sequence), nodeKey)

/** A node's answer that is not about what was asked. */
export class GrantInvalidError extends BaseError {
  override readonly code = 'grant.invalid'
}
