import type { LaneRefusal, MissingCondition } from '../../transport/index.ts'
import type { NodeRefusalCode } from '../../verifier/index.ts'

/** Every refusal of the client itself, as `area.reason`. */
export type ClientRefusalCode =
  | 'bond.too-high'
  | 'connection.serials-exhausted'
  | 'delivery.unknown'
  | 'effort.too-high'
  | 'lane.missing'
  | 'path.visible'
  | 'payment.not-allowed'
  | 'policy.refused'
  | 'price.too-high'
  | 'quote.outdated'
  | 'recipient.not-sealed'
  | 'recipient.unknown'
  | 'stake.used-up'
  | 'stamps.missing'

/** What a refusal may say: the client's own codes and a node's; a newer node may know more. */
export type RefusalCode = ClientRefusalCode | NodeRefusalCode | (string & {})

/** Why something is not delivered: an expected answer, not an error. Branch on `code`. */
export type Refusal = {
  readonly ok: false
  readonly code: RefusalCode
  /** What happened and what would help, for a person. */
  readonly message: string
  /** Conditions that would help, and what each costs. */
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

/** A node's refusal as the client hands it on. */
export const refusalOf = ({ code, message, missing }: Pick<LaneRefusal, 'code' | 'message' | 'missing'>): Refusal => ({
  ok: false,
  code,
  message,
  missing,
})
