import { changeOf } from './change.ts'
import type { NodeDeps } from './deps.ts'
import type { Refusal } from './refusal.ts'
import { createDraft, type Draft } from './state/draft.ts'
import { type StateKey, withState } from './state/node-state.ts'
import type { Change, NewEnvelope } from './store/index.ts'

/** An envelope that goes out: stored and then streamed, or only streamed. */
export type Outgoing = { readonly envelope: NewEnvelope; readonly isEphemeral: boolean }

/** What a decision comes to, beside what it has set in the draft. */
export type Decided = {
  readonly envelopes?: readonly Outgoing[] | undefined
  /** What of it is not state: a lane that is new, a publish that is parked or no longer is. */
  readonly also?: Pick<Change, 'newLane' | 'park' | 'unpark'> | undefined
}

/** A decision over what is loaded: whole and at once, so that nothing changes between what it reads and what it sets. */
export type Transaction<D extends Decided> = {
  /** The state that the decision reads. */
  readonly keys: readonly StateKey[]
  readonly decide: (draft: Draft) => D | Refusal
}

/** What was decided, and the sequence of each of its envelopes; 0 where one is ephemeral or was stored before. */
export type Committed<D> = { readonly ok: true; readonly decided: D; readonly sequences: readonly bigint[] }

/**
 * The one way in which the node changes: loads what a decision reads, decides, makes the changes visible to the next
 * decision, writes them in one transaction and, once they are written, hands ephemeral envelopes to the streams. A refused
 * decision leaves no trace.
 */
export async function transact<D extends Decided>(
  deps: NodeDeps,
  { keys, decide }: Transaction<D>,
): Promise<Committed<D> | Refusal> {
  const started = await withState(keys, () => {
    const draft = createDraft()
    const decided = decide(draft)
    if (isRefusal(decided)) return decided
    const change = changeFor(deps, decided, draft) // against the state as it was: committing overlays it
    return { decided, writing: draft.commit(() => deps.store.write(change)) }
  })
  if (isRefusal(started)) return started
  const { decided, writing } = started
  const stored = [...(await writing)]
  const { envelopes = [] } = decided
  deps.bus.publish(envelopes.filter(({ isEphemeral }) => isEphemeral).map(({ envelope }) => envelope))
  const sequences = envelopes.map(({ isEphemeral }) => (isEphemeral ? 0n : (stored.shift() ?? 0n)))
  return { ok: true, decided, sequences }
}

function changeFor(deps: NodeDeps, { envelopes = [], also }: Decided, draft: Draft): Change {
  const stored = envelopes.filter(({ isEphemeral }) => !isEphemeral).map(({ envelope }) => envelope)
  return { ...changeOf(deps, draft), ...also, envelopes: stored }
}

const isRefusal = (value: object): value is Refusal => 'code' in value
