import type { ConditionType } from './condition.ts'

/** A small free letter, paid with the network's work, while the recipient's bucket of requests has room. */
export type RequestCondition = { readonly kind: 'request' }

export const request = {
  kind: 'request',
  parameters: [],
  explain: () => 'you send a small request, paid with computing time',
} as const satisfies ConditionType
