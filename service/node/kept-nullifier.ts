import { noteKinds, toBytes32 } from '@pennypost/sdk/crypto'
import type { CheckpointView, UsedNullifier } from '@pennypost/sdk/verifier'
import type { KeptNullifier } from './store/index.ts'

/** Verifiers take tickets of the hour before; clocks may be set back. */
const margin = 2 * 3600 + 86_400

/**
 * A nullifier as the store keeps it: a stamp's for ever, a stake's until its lane is over and its period too, since in
 * another period the same message id has another one.
 */
export function keptNullifier(
  { nullifier, y, noteClass }: UsedNullifier,
  { checkpoint, expiresAt, now }: { checkpoint: CheckpointView | undefined; expiresAt: number; now: number },
): KeptNullifier {
  const { kind, number: classNumber } = noteClass
  const lengths = (checkpoint?.latest.classes ?? [])
    .filter((one) => one.kind === kind && one.number === classNumber)
    .map(({ epochLength }) => epochLength)
  const length = kind === noteKinds.stake ? Math.max(0, ...lengths) : 0
  const until = length > 0 ? Math.max(expiresAt, now + length) + margin : undefined
  return { nullifier: toBytes32(nullifier), y: toBytes32(y), kind, classNumber, until }
}
