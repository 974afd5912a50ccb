import type { Leaf } from '../policy/index.ts'

/** Why something is not accepted: an expected answer, not an error. Branch on `code`. */
export type Refusal = {
  readonly ok: false
  readonly code: RefusalCode
  /** What happened and what would help, for a person. */
  readonly message: string
  /** Conditions of the policy that would help, where those are what is missing. */
  readonly missing?: readonly Leaf[]
}

/** Every refusal of the verifier, as `area.reason`. */
export type RefusalCode =
  | 'connection.expired'
  | 'connection.invalid'
  | 'connection.not-for-this'
  | 'connection.revoked'
  | 'envelope.signature-invalid'
  | 'envelope.too-early-counter'
  | 'evidence.counted-twice'
  | 'evidence.not-asked'
  | 'evidence.malformed'
  | 'lane.expired'
  | 'lane.malformed'
  | 'lane.not-this-lane'
  | 'lane.too-long'
  | 'lane.too-many-units'
  | 'lane.used-up'
  | 'policy.blocked'
  | 'policy.refused'
  | 'ticket.class-unknown'
  | 'ticket.malformed'
  | 'ticket.no-checkpoint'
  | 'ticket.out-of-date'
  | 'ticket.proof-invalid'
  | 'ticket.root-unknown'
  | 'ticket.tags-differ'
  | 'ticket.used'
  | 'work.too-little'

/** A refusal with its code and its sentence. */
export function refuse(code: RefusalCode, message: string, missing?: readonly Leaf[]): Refusal {
  return { ok: false, code, message, ...(missing && { missing }) }
}
