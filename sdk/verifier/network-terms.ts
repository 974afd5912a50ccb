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

/**
 * What recipients of a network with issuers ask who have published no rule, where its terms do not say: an account that has been
 * in use for 90 days will do, too. Without issuers it would promise what nobody can attest, and {@link defaultTerms} hold.
 *
 * @example
 * ```ts
 * import { defaultRuleOn } from '@pennypost/sdk/verifier'
 *
 * console.log(defaultRuleOn(1n)) // 'connection or age eip155:1 >= 90 days or request or stamp 1'
 * ```
 */
export const defaultRuleOn = (chainId: number | bigint): string =>
  `connection or age eip155:${chainId} >= 90 days or request or stamp 1`

/**
 * What is asked, beside the floor, of whoever writes to an unattended address. A constant of the protocol, where a client has
 * not configured another: no checkpoint says it, and what a node says of it is not acted on.
 */
export const unattendedRule = 'stamp 2'

/** Terms that a checkpoint does not say: then everybody's own configuration holds, and nobody's word on facts counts. */
export const unsaidTerms = {
  floor: '',
  defaultRule: '',
  requestBits: 0,
  decimals: 0,
  checkpointSeconds: 0,
  issuers: [],
} as const
