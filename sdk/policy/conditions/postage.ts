import type { ConditionType } from './condition.ts'

/** The least base of a named payment, in the token's smallest unit: gone when it is paid. */
export type PostageCondition = { readonly kind: 'postage'; readonly amount: bigint }

export const postage = {
  kind: 'postage',
  parameters: [{ name: 'amount', unit: 'token' }],
  explain: ({ amount }) => `you pay postage of ${amount} tokens in your name`,
} as const satisfies ConditionType
