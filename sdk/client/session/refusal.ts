import type { LaneRefusal, MissingCondition } from '../../transport/index.ts'

/** Why something is not delivered: an expected answer, not an error. Branch on `code`. */
export type Refusal = {
  readonly ok: false
  readonly code: string
  /** What happened and what would help, for a person. */
  readonly message: string
  /** Conditions that would help, and what each costs. */
  readonly missing: readonly MissingCondition[]
  /** Unix seconds from which on trying again may help. */
  readonly retryAt?: number
}

/** A refusal with its code and its sentence. */
export const refuse = (code: string, message: string, missing: readonly MissingCondition[] = []): Refusal => ({
  ok: false,
  code,
  message,
  missing,
})

/** A node's refusal as the client hands it on. */
export const refusalOf = ({ code, message, missing }: LaneRefusal): Refusal => refuse(code, message, missing)
