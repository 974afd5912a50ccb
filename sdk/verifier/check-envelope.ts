import { digestEnvelope } from '../codec/envelope.ts'
import { envelopeStatement, type LaneEnvelope, type Renewal, renewalStatement } from '../codec/lane.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { verifyEd25519 } from '../crypto/ed25519.ts'
import type { Lane } from './lane.ts'
import { unitsOf } from './lane-limits.ts'
import { type Refusal, refuse } from './refusal.ts'

/** A lane and how much of it is gone. */
export type LaneState = Lane & {
  readonly usedUnits: number
  readonly usedEnvelopes: number
  /** Of the last envelope; 0 before the first. */
  readonly counter: number
}

/** An envelope that its lane may publish, and the lane after it. */
export type CheckedEnvelope = { readonly ok: true; readonly digest: Uint8Array; readonly lane: LaneState }

/**
 * Decides whether a lane may publish an envelope: time, topic, counter, units, and one signature last. Pure; counters of
 * one lane only rise, so that an envelope published before is recognised by its digest, not by its counter.
 *
 * @example
 * ```ts
 * import { checkEnvelope } from '@pennypost/sdk/verifier'
 *
 * const checked = checkEnvelope(lane, published, Date.now() / 1000)
 * if (checked.ok) console.log(checked.lane.usedUnits)
 * ```
 */
export function checkEnvelope(lane: LaneState, published: LaneEnvelope, now: number): CheckedEnvelope | Refusal {
  const { envelope, counter, signature } = published
  if (!envelope || envelope.contentTopic !== lane.topic || !equalBytes(published.use, lane.use)) {
    return refuse('lane.not-this-lane', 'The envelope belongs to another topic or lane.')
  }
  if (now >= lane.expiresAt) return refuse('lane.expired', 'The lane has expired. Open a new one.')
  if (counter <= lane.counter) return refuse('envelope.counter-too-low', `The counter must be above ${lane.counter}.`)
  const usedUnits = lane.usedUnits + unitsOf(envelope.message)
  const usedEnvelopes = lane.usedEnvelopes + 1
  if (usedUnits > lane.units || usedEnvelopes > lane.envelopes) {
    return refuse('lane.used-up', 'The lane has no room for the envelope. Open a new one.')
  }
  const digest = digestEnvelope(envelope)
  const statement = envelopeStatement(lane.use, { counter, timestampNs: envelope.timestampNs, digest })
  if (!verifyEd25519(signature, statement, lane.holder)) {
    return refuse('envelope.signature-invalid', "The lane's holder has not signed the envelope.")
  }
  return { ok: true, digest, lane: { ...lane, usedUnits, usedEnvelopes, counter } }
}

/** Whether the holder of a lane has signed that another one may be opened on its topic. */
export function checkRenewal(lane: Pick<Lane, 'use' | 'holder'>, renewal: Renewal, use: Uint8Array): boolean {
  return equalBytes(renewal.use, lane.use) && verifyEd25519(renewal.signature, renewalStatement(use), lane.holder)
}
