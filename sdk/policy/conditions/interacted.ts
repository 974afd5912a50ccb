import { sayContract } from '../say-place.ts'
import type { ConditionType } from './condition.ts'
import { explainIssuers, issuers } from './issuers.ts'

/** One of the sender's last 1,000 transactions on a chain went to a contract there (CAIP-10). */
export type InteractedCondition = {
  readonly kind: 'interacted'
  readonly contract: string
  readonly issuers: number
}

/** So many transactions are looked through, the newest first: part of what the condition means. */
export const mostInteractions = 1_000

export const interacted = {
  kind: 'interacted',
  parameters: [{ name: 'contract', form: 'contract' }, issuers],
  explain: ({ contract, issuers: count }) =>
    `one of the last ${mostInteractions} transactions of your account went to ${sayContract(String(contract))} (${explainIssuers(count)})`,
} as const satisfies ConditionType
