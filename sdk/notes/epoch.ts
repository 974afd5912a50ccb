import type { HeldNote } from './note.ts'

const hour = 3_600

/** Tickets are of a full hour; this is the last one. */
export const fullHour = (now: number): bigint => BigInt(Math.floor(now) - (Math.floor(now) % hour))

/** The epoch that a ticket of a note counts in: the one that its hour lies in; 0 for notes whose tickets never renew. */
export const epochOf = ({ epochLength }: Pick<HeldNote, 'epochLength'>, asOf: bigint): bigint =>
  epochLength ? asOf / BigInt(epochLength) : 0n

/** When the epoch after that of `now` begins for tickets: at a full hour, in unix seconds. */
export function nextEpochAt(epochLength: number, now: number): number {
  const end = (Number(epochOf({ epochLength }, fullHour(now))) + 1) * epochLength
  return Math.ceil(end / hour) * hour
}
