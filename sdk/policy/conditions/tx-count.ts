import { sayChain } from '../say-place.ts'
import type { ConditionType } from './condition.ts'
import { explainIssuers, issuers } from './issuers.ts'

/** The sender's account has sent so many transactions on a chain (CAIP-2). */
export type TxCountCondition = {
  readonly kind: 'txCount'
  readonly chain: string
  readonly count: number
  readonly issuers: number
}

export const txCount = {
  kind: 'txCount',
  parameters: [{ name: 'chain', form: 'chain' }, { name: 'count', min: 1, max: 999_999_999, before: '>=' }, issuers],
  explain: ({ chain, count, issuers: attested }) =>
    `your account has sent ${count} transactions on ${sayChain(String(chain))} (${explainIssuers(attested)})`,
} as const satisfies ConditionType
