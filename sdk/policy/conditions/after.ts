import type { ConditionType } from './condition.ts'

/** A moment (ISO 8601, UTC) has come. */
export type AfterCondition = { readonly kind: 'after'; readonly time: string }

export const after = {
  kind: 'after',
  parameters: [{ name: 'time', form: 'time' }],
  explain: ({ time }) => `it is ${time} or later`,
} as const satisfies ConditionType
