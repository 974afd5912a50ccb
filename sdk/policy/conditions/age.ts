import { sayChain } from '../say-place.ts'
import type { ConditionType } from './condition.ts'
import { explainIssuers, issuers } from './issuers.ts'

/** The sender's account had sent a transaction on a chain (CAIP-2) so many days ago. */
export type AgeCondition = {
  readonly kind: 'age'
  readonly chain: string
  readonly days: number
  readonly issuers: number
}

export const age = {
  kind: 'age',
  parameters: [
    { name: 'chain', form: 'chain' },
    { name: 'days', min: 1, max: 36_500, before: '>=', after: 'days' },
    issuers,
  ],
  explain: ({ chain, days, issuers: count }) =>
    `your account has been used on ${sayChain(String(chain))} for ${days} days (${explainIssuers(count)})`,
} as const satisfies ConditionType
