import { type Refusal, refuse } from '../session/refusal.ts'

/** More would have to be spent than was agreed. */
export const outdated = (): Refusal =>
  refuse('quote.outdated', 'What is asked has changed on the way. Nothing more was spent. Ask for a new quote.')
