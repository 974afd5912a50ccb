import type { ConditionType } from './condition.ts'

/** Nothing is asked. */
export type EveryoneCondition = { readonly kind: 'everyone' }

export const everyone = {
  kind: 'everyone',
  parameters: [],
  outcome: true,
  explain: () => 'nothing is asked',
} as const satisfies ConditionType
