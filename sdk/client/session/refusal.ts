import { parseRule } from '../../policy/index.ts'
import type { LaneRefusal, MissingCondition } from '../../transport/index.ts'
import { isNodeRefusalCode, type NodeRefusalCode } from '../../verifier/index.ts'
import { describeMissing, type Known } from './describe-missing.ts'
import { orNothing } from './peer.ts'

/** Every refusal of the client itself, as `area.reason`. */
export type ClientRefusalCode =
  | 'bond.too-high'
  | 'campaign.unpaid'
  | 'connection.serials-exhausted'
  | 'delivery.unknown'
  | 'effort.too-high'
  | 'fact.missing'
  | 'fact.used-up'
  | 'lane.missing'
  | 'node.refused'
  | 'notice.not-for-this'
  | 'path.visible'
  | 'payment.not-allowed'
  | 'policy.not-yet'
  | 'policy.refused'
  | 'price.too-high'
  | 'quote.outdated'
  | 'recipient.not-sealed'
  | 'recipient.unknown'
  | 'shared-list.jumped'
  | 'shared-list.missing'
  | 'shared-list.no-room'
  | 'shared-list.too-many'
  | 'shared-list.went-back'
  | 'stake.used-up'
  | 'escrow.begun'
  | 'escrow.end'
  | 'escrow.expired'
  | 'escrow.unacknowledged'
  | 'escrow.withdrawn'
  | 'stamps.missing'
  | 'trustee.refused'
  | 'trustee.unknown'

/** What a refusal may say: the client's own codes and a node's; what a node says besides is `node.refused`. */
export type RefusalCode = ClientRefusalCode | NodeRefusalCode

/** Why something is not delivered: an expected answer, not an error. Branch on `code`. */
export type Refusal = {
  readonly ok: false
  readonly code: RefusalCode
  /** What happened and what would help, for a person. */
  readonly message: string
  /** Conditions that would help, and what each costs by the client's own reckoning. */
  readonly missing: readonly MissingCondition[]
  /** Unix seconds from which on trying again may help. */
  readonly retryAt?: number
}

/** A refusal with its code and its sentence. */
export const refuse = (
  code: ClientRefusalCode | NodeRefusalCode,
  message: string,
  missing: readonly MissingCondition[] = [],
): Refusal => ({
  ok: false,
  code,
  message,
  missing,
})

/**
 * A node's refusal as the client hands it on. With the client's own codes, or with words and prices of its own for a
 * condition, a node could have people act on what the client has not said.
 */
export const refusalOf = (
  { code, message, missing }: Pick<LaneRefusal, 'code' | 'message' | 'missing'>,
  known: Known,
): Refusal => ({
  ok: false,
  code: isNodeRefusalCode(code) ? code : 'node.refused',
  message,
  // What the node names and is no condition is left out.
  missing: missing.flatMap(({ condition }) =>
    orNothing(() => describeMissing(parseRule(condition, known), known)).flat(),
  ),
})
