import { parseRule, type Rule, type TokenOptions } from '@pennypost/sdk/policy'
import { BaseError, type CheckpointView } from '@pennypost/sdk/verifier'

/** What every node of a network holds its senders to. */
export type Terms = {
  /** What every sender must meet. */
  readonly floor: Rule
  /** What recipients ask who have published no rule. */
  readonly defaultRule: Rule
  /** Of the network's token. */
  readonly decimals: number
  /** Leading zero bits that a `request` costs. */
  readonly requestBits: number
}

/** The terms of the newest checkpoint, read once; those of the operator where it says none. */
export function followTerms(own: Terms, checkpoint: () => CheckpointView | undefined): () => Terms {
  let read: { readonly latest: unknown; readonly terms: Terms } | undefined
  return () => {
    const latest = checkpoint()?.latest
    if (!latest?.floor) return own
    if (read?.latest !== latest) {
      const { floor, defaultRule, requestBits, decimals } = latest
      const rules = { floor: readRule(floor, latest), defaultRule: readRule(defaultRule, latest) }
      read = { latest, terms: { ...rules, requestBits, decimals } }
    }
    return read.terms
  }
}

/** A rule that this node cannot read is met by nobody: what it asks must not be left out. */
function readRule(text: string, token: TokenOptions): Rule {
  try {
    return parseRule(text, token)
  } catch (error) {
    if (error instanceof BaseError) return { kind: 'nobody' }
    throw error
  }
}
