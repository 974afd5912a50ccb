import type { ConditionType } from './condition.ts'

/** Nothing is enough. */
export type NobodyCondition = { readonly kind: 'nobody' }

export const nobody = {
  kind: 'nobody',
  parameters: [],
  outcome: false,
  explain: () => 'nothing is enough',
} as const satisfies ConditionType
