import type { ConditionType } from './condition.ts'

/** The least bond of a named payment, in the token's smallest unit: lost where the recipient calls the letter spam. */
export type BondCondition = { readonly kind: 'bond'; readonly amount: bigint }

export const bond = {
  kind: 'bond',
  parameters: [{ name: 'amount', unit: 'token' }],
  explain: ({ amount }) => `you leave a bond of ${amount} tokens, which comes back unless this is spam`,
} as const satisfies ConditionType
