import { createQueue, pause } from '../async.ts'
import {
  type Checkpoint,
  decodeSignedCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '../codec/index.ts'
import { concatBytes, equalBytes, fromBytes, toBytes4 } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import type { ProverPage } from '../transport/prover-client.ts'
import type { CheckpointTrust } from '../verifier/index.ts'
import { type CheckpointSource, createTrust, restoreTrust, type Trust } from './checkpoint-trust.ts'
import { advance, type FindOptions, searchTrees } from './follow-trees.ts'
import { placeOf } from './forest.ts'
import { copyHeld, type HeldTrees, holdNothing } from './held-trees.ts'
import { type LeafSource, type LoadOptions, rootIn, TreeMismatchError } from './load-tree.ts'
import { extendChain, type Operation } from './log.ts'
import { readHeld, writeHeld } from './saved-trees.ts'
import type { MerklePath } from './tree.ts'

/** What a follower needs of a prover; `createProverClient` has it. */
export type TreeSource = CheckpointSource &
  LeafSource & {
    latestCheckpoint(options?: { signal?: AbortSignal | undefined }): Promise<SignedCheckpoint | undefined>
    operations(page?: ProverPage): Promise<{ operations: readonly Operation[] }>
  }

export type UpdateOptions = LoadOptions

/** A leaf's way up to the root of its tree. */
export type TreePath = MerklePath & { readonly root: bigint }

type Options = {
  readonly prover: TreeSource
  /** Whose first checkpoints count; each says who signs the next. */
  readonly trust: CheckpointTrust
  /** Unix seconds; a checkpoint from later is refused. */
  readonly now?: (() => number) | undefined
  /** What {@link TreeFollower.save} gave before. */
  readonly saved?: Uint8Array | undefined
}

/** Trees as a checkpoint signs them. */
type State = { readonly signed: SignedCheckpoint; readonly checkpoint: Checkpoint; readonly held: HeldTrees }

/** Pages begin at multiples of this, so that a client which comes back asks as many others do. */
const operationsPerPage = 1_000
/** More operations than this and a snapshot is the shorter way. */
const longestDelta = 10_000n

/**
 * Follows the note trees of a prover. Of a tree in which a leaf is looked for all leaves are fetched, never a single path, so
 * that the prover does not learn whose note is used; and what it sends counts only if it gives the root that enough signers
 * have signed.
 *
 * @example
 * ```ts
 * import { followTree } from '@pennypost/sdk/notes'
 *
 * const tree = await followTree({ prover, trust })
 * await tree.update()
 * const [leafIndex = 0] = await tree.find([123n])
 * const { root, siblings } = tree.path(leafIndex)
 * ```
 */
export async function followTree({ prover, trust, now, saved }: Options): Promise<TreeFollower> {
  const begin = { genesis: trust, source: prover, now }
  if (!saved || saved.length === 0) return new TreeFollower(prover, createTrust(begin), undefined)
  const { trust: known, length } = restoreTrust(saved, begin)
  return new TreeFollower(prover, known, await restore(saved.subarray(length), known))
}

/** The note trees at the newest checkpoint that was fetched, as far as they were needed. */
export class TreeFollower {
  readonly #prover: TreeSource
  readonly #trust: Trust
  #state: State | undefined
  readonly #inTurn = createQueue()

  constructor(prover: TreeSource, trust: Trust, state: State | undefined) {
    this.#prover = prover
    this.#trust = trust
    this.#state = state
  }

  /** The checkpoint whose roots {@link path} leads to; undefined before the first update. */
  get checkpoint(): Checkpoint | undefined {
    return this.#state?.checkpoint
  }

  /** The number of a leaf in the log, where {@link find} has found it. */
  indexOf(leaf: bigint): number | undefined {
    return this.#state?.held.places.get(leaf)
  }

  /** Whether a leaf was looked for already, so that {@link find} asks nobody for it. */
  knows(leaf: bigint): boolean {
    const { places, missing, isFollowed = false } = this.#state?.held ?? {}
    return places?.has(leaf) === true || (isFollowed && missing?.has(leaf) === true)
  }

  /** The number of the tree that a leaf of the log is in: the lower, the older. */
  treeOf(leafIndex: number): number {
    return placeOf(leafIndex, this.#require().held.capacity).tree
  }

  /** The way up of a leaf that was found. */
  path(leafIndex: number): TreePath {
    const { held, checkpoint } = this.#require()
    const { tree, place } = placeOf(leafIndex, held.capacity)
    const found = held.trees.get(tree)
    if (!found) throw new RangeError(`There is no leaf ${leafIndex} in the trees that are held.`)
    return { ...found.path(place), root: rootIn(checkpoint, tree) }
  }

  /** The checkpoint and what is held as bytes, to go on from without a prover; empty before the first update. */
  save(): Uint8Array {
    if (!this.#state) return new Uint8Array(0)
    const signed = encodeSignedCheckpoint(this.#state.signed)
    return concatBytes(this.#trust.save(), toBytes4(signed.length), signed, writeHeld(this.#state.held))
  }

  /**
   * Goes on to the prover's newest checkpoint. Throws {@link TreeMismatchError} where what it sends does not give a signed root;
   * all is then as it was before.
   */
  update(options: UpdateOptions = {}): Promise<Checkpoint> {
    return this.#inTurn(() => this.#update(options), options.signal)
  }

  /**
   * Looks for leaves in the trees of the checkpoint, the newest first, and answers their numbers in the log; undefined for those
   * that are in none. What was found before, or was not, is not looked for again: whatever is appended is then seen.
   */
  find(leaves: readonly bigint[], options: FindOptions = {}): Promise<(number | undefined)[]> {
    return this.#inTurn(async () => {
      await this.#find(leaves, options)
      return leaves.map((leaf) => this.indexOf(leaf))
    }, options.signal)
  }

  /** Updates until an operation of the log is under a checkpoint. */
  async waitFor(operation: bigint, { pollMs = 500, ...options }: UpdateOptions & { pollMs?: number } = {}) {
    for (;;) {
      const checkpoint = await this.update(options).catch((error) => {
        if (!(error instanceof CheckpointMissingError)) throw error
      })
      if (checkpoint && checkpoint.operations > operation) return checkpoint
      await pause(pollMs, options.signal)
    }
  }

  async #update(options: UpdateOptions): Promise<Checkpoint> {
    const signed = await this.#prover.latestCheckpoint({ signal: options.signal })
    if (!signed) throw new CheckpointMissingError('The prover has signed no checkpoint yet.')
    const checkpoint = await this.#trust.verify(signed, options.signal)
    if (this.#state && checkpoint.sequence <= this.#state.checkpoint.sequence)
      return keep(this.#state, signed, checkpoint)

    const held = this.#state ? await this.#goOn(this.#state, checkpoint, options) : holdNothing()
    this.#state = { signed, checkpoint, held }
    return checkpoint
  }

  /** What is held at a later checkpoint. */
  async #goOn(state: State, checkpoint: Checkpoint, options: UpdateOptions): Promise<HeldTrees> {
    if (state.held.trees.size === 0) return copyHeld(state.held)
    const operations = await this.#since(state.checkpoint, checkpoint, options)
    return await advance(state.held, operations, { ...options, prover: this.#prover, checkpoint })
  }

  /** The operations between two checkpoints; undefined if they are too many, or the log did not simply grow. */
  async #since(
    known: Checkpoint,
    { operations: total, logHash }: Checkpoint,
    { signal }: UpdateOptions,
  ): Promise<readonly Operation[] | undefined> {
    if (total - known.operations > longestDelta) return undefined
    const operations: Operation[] = []
    let chain = known.logHash
    const [start, end] = [Number(known.operations), Number(total)]
    for (let next = start - (start % operationsPerPage); next < end; ) {
      const page = await this.#prover.operations({ from: next, limit: operationsPerPage, signal })
      if (page.operations.length === 0) return undefined
      const fresh = page.operations.slice(Math.max(0, start - next), Math.max(0, end - next))
      for (const operation of fresh) chain = extendChain(chain, start + operations.push(operation) - 1, operation)
      next += page.operations.length
    }
    return equalBytes(chain, logHash) ? operations : undefined
  }

  async #find(leaves: readonly bigint[], options: FindOptions): Promise<void> {
    const { checkpoint, held: before, ...state } = this.#require()
    const unknown = leaves.filter((leaf) => !this.knows(leaf))
    if (unknown.length === 0) return
    const held = await searchTrees(before, unknown, { ...options, prover: this.#prover, checkpoint })
    this.#state = { ...state, checkpoint, held }
  }

  #require(): State {
    if (!this.#state)
      throw new CheckpointMissingError('The tree has not been fetched yet.', { hint: 'Call update() first.' })
    return this.#state
  }
}

/** The checkpoint that is known already, where the prover has the same or an older one. */
function keep({ checkpoint, signed }: State, offered: SignedCheckpoint, { sequence }: Checkpoint): Checkpoint {
  if (sequence === checkpoint.sequence && !equalBytes(offered.checkpoint, signed.checkpoint)) {
    throw new CheckpointConflictError(
      `Two checkpoints with number ${sequence} are signed. Their signers cannot be trusted.`,
    )
  }
  return checkpoint
}

async function restore(saved: Uint8Array, trust: Trust): Promise<State> {
  const end = 4 + Number(fromBytes(saved.subarray(0, 4)))
  if (saved.length < end) throw new TreeMismatchError('The saved tree is cut off.')
  const signed = decodeSignedCheckpoint(saved.subarray(4, end))
  const checkpoint = await trust.verify(signed)
  return { signed, checkpoint, held: readHeld(saved.subarray(end), checkpoint) }
}

/** There is no checkpoint to go by yet; asking again may help. */
export class CheckpointMissingError extends BaseError {
  override readonly code = 'checkpoint.missing'
}

/** Two different checkpoints carry one number: evidence against who signed both. */
export class CheckpointConflictError extends BaseError {
  override readonly code = 'checkpoint.conflict'
}
