import { sayContract } from '../say-place.ts'
import type { ConditionType } from './condition.ts'
import { explainIssuers, issuers } from './issuers.ts'

/** An account has connected with the sender's on a chain, by a `ConnectionResolver` (CAIP-10) there: who vouches, or the recipient itself. */
export type ConnectedCondition = {
  readonly kind: 'connected'
  readonly resolver: string
  /** `0x` and 40 digits in lower case. */
  readonly granter: string
  readonly issuers: number
}

export const connected = {
  kind: 'connected',
  parameters: [{ name: 'resolver', form: 'contract' }, { name: 'granter', form: 'address', before: 'from' }, issuers],
  explain: ({ resolver, granter, issuers: count }) =>
    `${granter} has connected with your account by ${sayContract(String(resolver))} (${explainIssuers(count)})`,
} as const satisfies ConditionType
