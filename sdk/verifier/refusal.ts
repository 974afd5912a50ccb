import type { Leaf } from '../policy/index.ts'

/** Why something is not accepted: an expected answer, not an error. Branch on `code`. */
export type Refusal = {
  readonly ok: false
  readonly code: RefusalCode
  /** What happened and what would help, for a person. */
  readonly message: string
  /** Conditions of the policy that would help, where those are what is missing. */
  readonly missing?: readonly Leaf[] | undefined
  /** Two uses of one ticket of a stake, both proved: they give away its secret. Not for the sender. */
  readonly cheat?: Cheat
}

/** A point of the line through a note's secret, as one use of a ticket shows it. */
export type Share = { readonly x: bigint; readonly y: bigint }

/** One ticket that was used for two things. */
export type Cheat = {
  /** The class of the stake. */
  readonly classNumber: number
  readonly nullifier: bigint
  readonly first: Share
  readonly second: Share
}

/** What the verifier refuses with. */
export const refusalCodes = [
  'claim.certificate-invalid',
  'claim.issuer-unknown',
  'claim.malformed',
  'claim.no-checkpoint',
  'claim.not-for-this',
  'claim.out-of-date',
  'claim.signature-invalid',
  'claim.subjects-differ',
  'claim.used',
  'connection.expired',
  'connection.invalid',
  'connection.not-for-this',
  'connection.revoked',
  'credential.issuer-unknown',
  'credential.issuers-too-few',
  'credential.malformed',
  'credential.no-checkpoint',
  'credential.out-of-date',
  'credential.proof-invalid',
  'credential.used',
  'envelope.counter-too-low',
  'envelope.signature-invalid',
  'evidence.counted-twice',
  'evidence.malformed',
  'evidence.not-asked',
  'holding.block-unknown',
  'holding.chain-unknown',
  'holding.malformed',
  'holding.no-checkpoint',
  'holding.not-enough',
  'holding.not-for-this',
  'holding.out-of-date',
  'holding.proof-invalid',
  'lane.expired',
  'lane.malformed',
  'lane.not-this-lane',
  'lane.too-long',
  'lane.too-many-units',
  'lane.used-up',
  'payment.class-unknown',
  'payment.malformed',
  'payment.no-checkpoint',
  'payment.not-for-this',
  'payment.not-in-tree',
  'payment.out-of-date',
  'payment.root-unknown',
  'payment.too-little',
  'policy.blocked',
  'policy.refused',
  'ticket.class-unknown',
  'ticket.leaked',
  'ticket.malformed',
  'ticket.no-checkpoint',
  'ticket.out-of-date',
  'ticket.proof-invalid',
  'ticket.root-unknown',
  'ticket.tags-differ',
  'ticket.used',
  'work.too-little',
] as const

/** Every refusal of the verifier, as `area.reason`. */
export type RefusalCode = (typeof refusalCodes)[number]

/** A refusal with its code and its sentence. */
export function refuse(code: RefusalCode, message: string, missing?: readonly Leaf[]): Refusal {
  return { ok: false, code, message, missing }
}
