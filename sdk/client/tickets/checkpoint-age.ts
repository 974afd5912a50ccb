import type { Checkpoint } from '../../codec/index.ts'
import { BaseError } from '../../errors.ts'

/** What a checkpoint is held to before a ticket is made with its root. */
export type Freshness = {
  /** Unix seconds. */
  readonly now: number
  /** In seconds. */
  readonly maxAge: number
  /** The newest checkpoint that the node names; undefined where it names none. */
  readonly named: bigint | undefined
}

/** In seconds; several checkpoints are signed in it even where little happens. */
export const defaultMaxCheckpointAge = 3600
/** So many checkpoints a prover may be behind what the node names: one may be signed between two questions. */
const slack = 2n

/**
 * The checkpoint, where it is new enough to show its root. A prover that gives a client an old one, or one for itself, would
 * know its letters by their root. The node's word on which is the newest is not signed: a node that names one which is not
 * there stops this client from making tickets, as it can by refusing them; but not unseen.
 */
export function requireFresh(checkpoint: Checkpoint, { now, maxAge, named }: Freshness): Checkpoint {
  const { sequence, issuedAt } = checkpoint
  const age = now - Number(issuedAt)
  if (age > maxAge) {
    throw new CheckpointStaleError(
      `The newest checkpoint is ${Math.round(age / 60)} minutes old; a ticket with its root would stand out.`,
      { hint: 'Ask another prover, or wait until the signers go on.' },
    )
  }
  if (named !== undefined && named > sequence + slack) {
    throw new CheckpointStaleError(
      `The node names checkpoint ${named}, and the prover's newest is ${sequence}. One of them holds something back, or lies.`,
      { hint: 'Ask another prover; if it has no newer one either, another node.' },
    )
  }
  return checkpoint
}

/** A checkpoint that is too old to make tickets with: whoever uses its root stands out. */
export class CheckpointStaleError extends BaseError {
  override readonly code = 'checkpoint.stale'
}
