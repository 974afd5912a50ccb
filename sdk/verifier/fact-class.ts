import type { BabyJubjubKey } from '../crypto/baby-jubjub.ts'
import { issuerNameOf, scopeOf } from '../crypto/use.ts'

/** What a note of a fact is worth, the same in every network: it counts within an epoch, in which the fact is attested anew. */
export const factClass = {
  unitsPerTicket: 16,
  laneTtl: 86_400,
  /** Tickets of a note. */
  limit: 64,
  /** Seconds. */
  epochLength: 7 * 86_400,
} as const

/** The number of the epoch that a time (unix seconds) lies in. */
export const factEpochOf = (time: number): number => Math.floor(time / factClass.epochLength)

/** Unix seconds at which an epoch begins. */
export const factBeginOf = (epoch: number): number => epoch * factClass.epochLength

/** Unix seconds at which a note of an epoch expires: when the next one begins. */
export const factExpiryOf = (epoch: number): number => factBeginOf(epoch + 1)

/** Where a message id of a fact's note counts. */
export type FactScope = {
  readonly networkId: Uint8Array
  readonly classId: bigint
  readonly issuer: BabyJubjubKey
  /** Unix seconds; it decides the epoch. */
  readonly asOf: bigint
}

/** The scope of a credential: of each issuer and in each epoch another one. */
export const factScopeOf = ({ networkId, classId, issuer, asOf }: FactScope): bigint =>
  scopeOf({ networkId, classId, period: asOf / BigInt(factClass.epochLength), issuer: issuerNameOf(issuer) })
