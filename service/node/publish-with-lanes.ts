import {
  checkEnvelopeLimits,
  type Envelope,
  encodeEnvelopeEvidence,
  type LaneEnvelope,
  receiptStatement,
} from '@pennypost/sdk/codec'
import { equalBytes, signEd25519 } from '@pennypost/sdk/crypto'
import { checkEnvelope } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import { digestOf } from './digest.ts'
import { blocksOf, isLaneBlocked, type ResolvedTopic, resolveTopic } from './gates/index.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { Draft } from './state/draft.ts'
import { laneKey, need, type StateKey } from './state/node-state.ts'
import type { LaneRecord } from './store/index.ts'
import { type Outgoing, transact } from './transact.ts'
import { checkUnattended, fillPlace, unattendedState } from './unattended.ts'

/** The node's word that it stored an envelope; sequence 0 if it only streamed it. */
export type NodeReceipt = { readonly digest: Uint8Array; readonly sequence: bigint; readonly signature: Uint8Array }

/** What a publish under lanes is answered with, in its order. */
export type LanePublished = { readonly ok: true; readonly receipts: readonly NodeReceipt[] }

/** The most envelopes of one publish. */
const maxEnvelopes = 100

type Sent = { readonly published: LaneEnvelope; readonly envelope: Envelope; readonly target: ResolvedTopic }

/**
 * Publishes envelopes under their lanes, all or none, and answers with a receipt for each. An envelope that was published
 * before with the same lane and counter gets the same receipt; it takes nothing from the lane.
 */
export async function publishWithLanes(
  deps: NodeDeps,
  published: readonly LaneEnvelope[],
): Promise<LanePublished | Refusal> {
  if (published.length === 0 || published.length > maxEnvelopes) {
    return refuse('body.malformed', `Expected 1 to ${maxEnvelopes} envelopes.`)
  }
  const sent = published.map(resolve)
  const result = await transact(deps, {
    keys: sent.flatMap((entry) => stateFor(deps, entry)),
    decide: (draft) => decideAll(deps, sent, draft),
  })
  if (!result.ok) return (await repeat(deps, sent, result)) ?? result
  const { decided, sequences } = result
  const receipts = decided.envelopes.map(({ envelope }, i) => receiptOf(deps, envelope.digest, sequences[i] ?? 0n))
  return { ok: true, receipts }
}

function resolve(published: LaneEnvelope): Sent {
  const { contentTopic = '', timestampNs = 0n, message = new Uint8Array() } = published.envelope ?? {}
  const envelope = checkEnvelopeLimits({ contentTopic, timestampNs, message })
  return { published, envelope, target: resolveTopic(contentTopic) }
}

function stateFor(deps: NodeDeps, { published, target }: Sent): StateKey[] {
  const { state } = deps
  const { parsed, stateKey } = target
  return [
    need(state.lanes, laneKey(published.use)),
    need(state.topics, stateKey),
    ...('owner' in parsed ? [need(state.blocks, parsed.owner)] : []),
    ...unattendedState(deps, target),
  ]
}

function decideAll(deps: NodeDeps, sent: readonly Sent[], draft: Draft): { envelopes: Outgoing[] } | Refusal {
  const envelopes: Outgoing[] = []
  for (const entry of sent) {
    const result = decide(deps, entry, draft)
    if ('code' in result) return result
    envelopes.push(result)
  }
  return { envelopes }
}

function decide(deps: NodeDeps, { published, envelope, target }: Sent, draft: Draft): Outgoing | Refusal {
  const lane = draft.get(deps.state.lanes, laneKey(published.use))
  if (!lane) return refuse('lane.unknown', 'There is no such lane. Open one at /v1/lanes.')
  const topic = draft.require(deps.state.topics, target.stateKey)
  if (topic.closed) return refuse('topic.closed', 'The conversation is closed.')
  if (isRefused(deps, target, { draft, lane }))
    return refuse('policy.blocked', 'The recipient has blocked this sender.')
  const attended = checkUnattended(deps, target, draft)
  if (attended) return attended
  const checked = checkEnvelope(lane, published, deps.clock())
  if (!checked.ok) return checked
  draft.set(deps.state.lanes, laneKey(lane.use), { ...lane, ...checked.lane })
  fillPlace(deps, target, { draft, lane, message: envelope.message })
  if (!topic.used) draft.set(deps.state.topics, target.stateKey, { ...topic, used: true })
  const of = { use: lane.use, counter: published.counter, tag: lane.tag, evidence: evidenceOf(lane, published) }
  return { envelope: { ...envelope, digest: checked.digest, ...of }, isEphemeral: target.parsed.ephemeral }
}

/** What its recipient gets with an envelope: what its lane was opened with, and that this lane has published it. */
const evidenceOf = ({ evidence }: LaneRecord, { counter, signature }: LaneEnvelope): Uint8Array | undefined =>
  evidence && encodeEnvelopeEvidence({ lane: evidence, counter, signature })

/** A block holds at once, for lanes too that were opened before it. */
function isRefused(
  deps: NodeDeps,
  { parsed }: ResolvedTopic,
  { draft, lane }: { draft: Draft; lane: LaneRecord },
): boolean {
  if (!('owner' in parsed)) return false
  return isLaneBlocked(blocksOf(deps, parsed.owner, draft.require(deps.state.blocks, parsed.owner)), lane)
}

function receiptOf({ key }: NodeDeps, digest: Uint8Array, sequence: bigint): NodeReceipt {
  return { digest, sequence, signature: signEd25519(receiptStatement(digest, sequence), key.seed) }
}

/** The receipts of a publish that was accepted before as a whole; undefined if this is another one. */
async function repeat(deps: NodeDeps, sent: readonly Sent[], { code }: Refusal): Promise<LanePublished | undefined> {
  if (!mayBeRepeated.has(code)) return undefined
  await deps.store.write({}) // after the first one, which may be on its way
  const stored = await Promise.all(
    sent.map(({ envelope }) => deps.store.find({ ...envelope, digest: digestOf(envelope) })),
  )
  const isSame = stored.every((found, i) => {
    const { use, counter } = sent[i]?.published ?? {}
    return found?.use && use && equalBytes(found.use, use) && found.counter === counter
  })
  if (!isSame) return undefined
  const repeated = stored.flatMap((found) => (found ? [receiptOf(deps, found.digest, found.sequence)] : []))
  return { ok: true, receipts: repeated }
}

/** What a repeated publish is refused with at first sight. */
const mayBeRepeated = new Set<string>([
  'envelope.counter-too-low',
  'lane.used-up',
  'lane.expired',
  'unattended.attended',
])
