import { noteKinds, toBytes32 } from '@pennypost/sdk/crypto'
import { type CheckpointView, factClass, type UsedNullifier } from '@pennypost/sdk/verifier'
import type { KeptNullifier } from './store/index.ts'

/** Verifiers take tickets of the hour before; clocks may be set back. */
const margin = 2 * 3600 + 86_400

/** Seconds of a note's period, and some, after which the same message id has another nullifier; undefined if it never has. */
export function secondsOfPeriod(
  { noteClass }: Pick<UsedNullifier, 'noteClass'>,
  checkpoint: CheckpointView | undefined,
): number | undefined {
  const { kind, number } = noteClass
  if (kind === noteKinds.fact) return factClass.epochLength + margin
  if (kind !== noteKinds.stake) return undefined
  const classes = (checkpoint?.latest.classes ?? []).filter((one) => one.kind === kind && one.number === number)
  const length = Math.max(0, ...classes.map(({ epochLength }) => epochLength))
  return length > 0 ? length + margin : undefined
}

/**
 * A nullifier as the store keeps it: a stamp's for ever, a stake's or a fact's until its lane is over and its period too, since
 * in another period the same message id has another one.
 */
export function keptNullifier(
  used: UsedNullifier,
  { checkpoint, expiresAt, now }: { checkpoint: CheckpointView | undefined; expiresAt: number; now: number },
): KeptNullifier {
  const { nullifier, y, noteClass } = used
  const seconds = secondsOfPeriod(used, checkpoint)
  const until = seconds === undefined ? undefined : Math.max(expiresAt + margin, now + seconds)
  return {
    nullifier: toBytes32(nullifier),
    y: toBytes32(y),
    kind: noteClass.kind,
    classNumber: noteClass.number,
    until,
  }
}
