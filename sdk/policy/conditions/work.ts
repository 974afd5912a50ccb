import type { ConditionType } from './condition.ts'

/** Hashcash over the lane: a number of leading zero bits. */
export type WorkCondition = { readonly kind: 'work'; readonly bits: number }

export const work = {
  kind: 'work',
  parameters: [{ name: 'bits', min: 1, max: 40 }],
  explain: ({ bits }) => `you spend computing time (${bits} bits of work)`,
} as const satisfies ConditionType
