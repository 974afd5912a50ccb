import {
  type Checkpoint,
  decodeCheckpoint,
  decodeSignedCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '@pennypost/sdk/codec'
import { type Address, toHex } from '@pennypost/sdk/crypto'
import {
  applyCheckpoint,
  BaseError,
  type CheckpointTrust,
  type CheckpointView,
  type NodeSet,
  trustAfter,
  verifyCheckpoint,
  withoutRest,
} from '@pennypost/sdk/verifier'
import type { Clock } from '../plugins/clock.ts'
import type { NodeStore } from './store/index.ts'

/** Who signs from a checkpoint on, whoever was named before: for when those are lost. */
export type Successors = { readonly from: bigint; readonly signers: readonly Address[]; readonly threshold: number }

type Options = {
  readonly store: Pick<NodeStore, 'checkpoints' | 'checkpoint' | 'addCheckpoint'>
  /** Whose first checkpoint counts; those after it name their own signers. */
  readonly trust: CheckpointTrust
  readonly successors?: readonly Successors[] | undefined
  readonly clock: Clock
}

/** A checkpoint under its signatures, and who was to sign it. */
export type Judged = { readonly signed: SignedCheckpoint; readonly trust: CheckpointTrust }

/** A checkpoint that can be followed next. */
export type Candidate = Judged & { readonly checkpoint: Checkpoint; readonly view: CheckpointView }

/** The chain of checkpoints as far as it is followed. */
export type Followed = Awaited<ReturnType<typeof openFollowed>>

/** What was kept, as far as signers stand behind it, and what is added to it. */
export async function openFollowed({ store, trust: genesis, successors = [], clock }: Options) {
  const heirs = new Map(successors.map(({ from, signers, threshold }) => [from, { signers, threshold }]))
  let view: CheckpointView | undefined
  let trust = genesis
  let sets: readonly NodeSet[] = []

  const trustFor = (sequence: bigint, named: CheckpointTrust): CheckpointTrust => {
    const heir = heirs.get(sequence)
    return heir ? { ...named, ...heir, officeEndsAt: undefined } : named
  }

  /** Throws {@link CheckpointInvalidError}; undefined for one that is not newer. */
  function judge(signed: SignedCheckpoint): Candidate | undefined {
    const who = trustFor(decodeCheckpoint(signed.checkpoint).sequence, trust)
    const checkpoint = verifyCheckpoint(signed, who, { now: clock() })
    const next = applyCheckpoint(view, checkpoint)
    return next === view ? undefined : { signed: withoutRest(signed, who.signers), trust: who, checkpoint, view: next }
  }

  function apply(candidate: Candidate): void {
    view = candidate.view
    trust = trustAfter(candidate.checkpoint, candidate.trust)
    sets = withSet(sets, candidate.checkpoint)
  }

  for (const kept of await store.checkpoints()) {
    try {
      const candidate = judge(decodeSignedCheckpoint(kept))
      if (candidate) apply(candidate)
    } catch (error) {
      if (!(error instanceof BaseError)) throw error
    }
  }

  return {
    view: () => view,
    /** Every set of nodes that was named, the newest last. */
    sets: () => sets,
    judge,
    async add(candidate: Candidate): Promise<void> {
      const { signed, checkpoint } = candidate
      await store.addCheckpoint(checkpoint.sequence, encodeSignedCheckpoint(signed), Number(checkpoint.issuedAt))
      apply(candidate)
    },
    /** The one with a number, and who had to sign it by the one before. */
    async at(sequence: bigint): Promise<Judged | undefined> {
      const [kept, before] = [await store.checkpoint(sequence), await store.checkpoint(sequence - 1n)]
      if (!kept || (sequence > 1n && !before)) return undefined
      const last = before && decodeCheckpoint(decodeSignedCheckpoint(before).checkpoint)
      const named = last ? trustAfter(last, genesis) : genesis
      return { signed: decodeSignedCheckpoint(kept), trust: trustFor(sequence, named) }
    },
  }
}

/** The sets of nodes until and with the one that a checkpoint names; a node's new URL makes no new set. */
function withSet(sets: readonly NodeSet[], { nodes, issuedAt: until, sequence: from }: Checkpoint): NodeSet[] {
  const [before, last] = [sets.slice(0, -1), sets.at(-1)]
  if (!last) return [{ nodes, from }]
  const isSame = namesOf(last.nodes) === namesOf(nodes)
  return isSame ? [...before, { ...last, nodes }] : [...before, { ...last, until }, { nodes, from }]
}

const namesOf = (nodes: NodeSet['nodes']): string =>
  nodes
    .map(({ key }) => toHex(key))
    .sort()
    .join()
