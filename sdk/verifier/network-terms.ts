/**
 * What a network's clients and nodes agree on where nobody has configured anything else: its name, what every sender must
 * meet, what a recipient asks who has published no rule, and the bits of work in a request.
 */
export const defaultTerms = {
  name: 'pennypost-local',
  floor: 'everyone',
  defaultRule: 'connection or request or stamp 1',
  requestBits: 20,
} as const

/** Terms that a checkpoint does not say: then everybody's own configuration holds, and nobody's word on facts counts. */
export const unsaidTerms = {
  floor: '',
  defaultRule: '',
  requestBits: 0,
  decimals: 0,
  checkpointSeconds: 0,
  issuers: [],
} as const
