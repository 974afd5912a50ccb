import type { ConditionType } from './condition.ts'

/** The recipient has granted the sender a connection. */
export type ConnectionCondition = { readonly kind: 'connection' }

export const connection = {
  kind: 'connection',
  parameters: [],
  explain: () => 'the recipient has connected with you',
} as const satisfies ConditionType
