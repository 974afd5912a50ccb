import type { ConditionType } from './condition.ts'

/** A moment (ISO 8601, UTC) has not come. */
export type BeforeCondition = { readonly kind: 'before'; readonly time: string }

export const before = {
  kind: 'before',
  parameters: [{ name: 'time', form: 'time' }],
  explain: ({ time }) => `it is before ${time}`,
} as const satisfies ConditionType
