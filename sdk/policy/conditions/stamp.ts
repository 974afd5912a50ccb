import type { ConditionType } from './condition.ts'

/** A number of tickets of the network's stamp class. */
export type StampCondition = { readonly kind: 'stamp'; readonly count: number }

export const stamp = {
  kind: 'stamp',
  parameters: [{ name: 'count', min: 1, max: 64 }],
  explain: ({ count }) => (count === 1 ? 'you use one stamp' : `you use ${count} stamps`),
} as const satisfies ConditionType
