import type { ConditionType } from './condition.ts'

/** The least tip of a named payment, in the token's smallest unit: the recipient's, whatever it says of the letter. */
export type TipCondition = { readonly kind: 'tip'; readonly amount: bigint }

export const tip = {
  kind: 'tip',
  parameters: [{ name: 'amount', unit: 'token' }],
  explain: ({ amount }) => `you tip the recipient ${amount} tokens`,
} as const satisfies ConditionType
