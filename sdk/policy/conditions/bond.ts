import type { ConditionType } from './condition.ts'

/** The least bond of a named payment, in whole tokens: lost where the recipient calls the letter spam. */
export type BondCondition = { readonly kind: 'bond'; readonly amount: string }

export const bond = {
  kind: 'bond',
  parameters: [{ name: 'amount', unit: 'token' }],
  explain: ({ amount }) => `you leave a bond of ${amount} tokens, which comes back unless this is spam`,
} as const satisfies ConditionType
