import { sayContract } from '../say-place.ts'
import type { ConditionType } from './condition.ts'
import { explainIssuers, issuers } from './issuers.ts'

/** Somebody has attested something to the sender's account, by the Ethereum Attestation Service (CAIP-10) of a chain. */
export type AttestedCondition = {
  readonly kind: 'attested'
  readonly service: string
  /** `0x` and 64 digits in lower case. */
  readonly schema: string
  /** `0x` and 40 digits in lower case. */
  readonly attester: string
  /** Tests of what is attested, in one text: `score >= 40`, several joined by ` where `; empty where nothing is asked. */
  readonly where: string
  readonly issuers: number
}

/** So many attestations of one attester to one account are looked at, the newest first. */
export const mostAttestations = 256

export const attested = {
  kind: 'attested',
  parameters: [
    { name: 'service', form: 'contract' },
    { name: 'schema', form: 'hash', before: 'schema' },
    { name: 'attester', form: 'address', before: 'from' },
    { name: 'where', form: 'tests', before: 'where', fallback: () => '' },
    issuers,
  ],
  explain: ({ service, schema, attester, where, issuers: count }) =>
    `${attester} has attested ${where ? `${String(where).replaceAll(' where ', ' and ')} ` : ''}to your account, ` +
    `by schema ${schema} of ${sayContract(String(service))} (${explainIssuers(count)})`,
} as const satisfies ConditionType
