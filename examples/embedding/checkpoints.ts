import { decodeSignedCheckpoint } from '@pennypost/sdk/codec'
import { fromBase64 } from '@pennypost/sdk/crypto'
import {
  applyCheckpoint,
  type CheckpointTrust,
  type CheckpointView,
  trustAfter,
  verifyCheckpoint,
} from '@pennypost/sdk/verifier'
import { addCheckpoint, checkpointsOf, type Store } from './store.ts'

type Options = { readonly prover: string; readonly trust: CheckpointTrust; readonly store: Store }

/**
 * Follows a prover, of which nothing is believed: each checkpoint must be signed by those whom the one before named, and
 * follow from it. They are kept, so that after a restart old roots count as long as before.
 */
export function followCheckpoints({ prover, trust: first, store }: Options) {
  let trust = first
  let view: CheckpointView | undefined

  function follow(bytes: Uint8Array, keep: (sequence: bigint, signed: Uint8Array) => unknown): void {
    const checkpoint = verifyCheckpoint(decodeSignedCheckpoint(bytes), trust)
    const next = applyCheckpoint(view, checkpoint)
    if (next === view) return
    keep(checkpoint.sequence, bytes)
    view = next
    trust = trustAfter(checkpoint, trust)
  }

  for (const kept of checkpointsOf(store)) follow(kept, () => undefined)

  return {
    view: () => view,
    /** Asks the prover for what is new. */
    async poll(): Promise<void> {
      const answer = await fetch(`${prover}/v1/checkpoints?after=${view?.latest.sequence ?? 0}`)
      const { checkpoints } = (await answer.json()) as { checkpoints: string[] }
      for (const one of checkpoints)
        follow(fromBase64(one), (sequence, signed) => addCheckpoint(store, sequence, signed))
    },
  }
}
