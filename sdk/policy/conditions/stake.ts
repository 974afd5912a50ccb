import type { ConditionType } from './condition.ts'

/** A ticket of a stake of one class: tokens that its owner loses by using one ticket twice. */
export type StakeCondition = { readonly kind: 'stake'; readonly class: number }

export const stake = {
  kind: 'stake',
  parameters: [{ name: 'class', min: 1, max: 1_000_000 }],
  explain: (values) => `you have staked tokens (class ${values.class})`,
} as const satisfies ConditionType
