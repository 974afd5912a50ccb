import { createQueue, pause } from '../async.ts'
import {
  type Checkpoint,
  decodeSignedCheckpoint,
  encodeSignedCheckpoint,
  type SignedCheckpoint,
} from '../codec/index.ts'
import { concatBytes, equalBytes, fromBytes, leafOf, toBytes4, toBytes32 } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import type { LeafPage, ProverPage } from '../transport/prover-client.ts'
import type { CheckpointTrust } from '../verifier/index.ts'
import { type CheckpointSource, createTrust, restoreTrust, type Trust } from './checkpoint-trust.ts'
import { extendChain, type Operation } from './log.ts'
import { type MerklePath, NoteTree } from './tree.ts'

/** What a follower needs of a prover; `createProverClient` has it. */
export type TreeSource = CheckpointSource & {
  latestCheckpoint(options?: { signal?: AbortSignal | undefined }): Promise<SignedCheckpoint | undefined>
  leaves(operations: bigint, page?: ProverPage): Promise<LeafPage>
  operations(page?: ProverPage): Promise<{ operations: readonly Operation[] }>
}

/** How far an update is: leaves read, of how many. */
export type TreeProgress = { readonly kind: 'tree'; readonly leaves: number; readonly of: number }

export type UpdateOptions = {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: TreeProgress) => void) | undefined
}

type Options = {
  readonly prover: TreeSource
  /** Whose first checkpoints count; each says who signs the next. */
  readonly trust: CheckpointTrust
  /** Unix seconds; a checkpoint from later is refused. */
  readonly now?: (() => number) | undefined
  /** What {@link TreeFollower.save} gave before. */
  readonly saved?: Uint8Array | undefined
}

/** The tree as a checkpoint signs it. */
type State = { readonly signed: SignedCheckpoint; readonly checkpoint: Checkpoint; readonly tree: NoteTree }

const leavesPerPage = 16_384
/** Pages begin at multiples of this, so that a client which comes back asks as many others do. */
const operationsPerPage = 1_000
/** Leaves hashed at a time, between two looks at the rest of the program. */
const leavesAtOnce = 1_024
/** More operations than this and a snapshot is the shorter way. */
const longestDelta = 10_000n

/**
 * Follows the note tree of a prover. Every leaf is fetched, never a single path, so that the prover does not learn whose
 * note is used; and what it sends counts only if it gives the root that enough signers have signed.
 *
 * @example
 * ```ts
 * import { followTree } from '@pennypost/sdk/notes'
 *
 * const tree = await followTree({ prover, trust })
 * await tree.update()
 * const { siblings } = tree.path(leafIndex)
 * ```
 */
export async function followTree({ prover, trust, now, saved }: Options): Promise<TreeFollower> {
  const begin = { genesis: trust, source: prover, now }
  if (!saved || saved.length === 0) return new TreeFollower(prover, createTrust(begin), undefined)
  const { trust: known, length } = restoreTrust(saved, begin)
  return new TreeFollower(prover, known, await restore(saved.subarray(length), known))
}

/** The note tree at the newest checkpoint that was fetched. */
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

  /** The checkpoint whose root {@link path} leads to; undefined before the first update. */
  get checkpoint(): Checkpoint | undefined {
    return this.#state?.checkpoint
  }

  /** How many leaves the tree has, zeroed ones included. */
  get size(): number {
    return this.#state?.tree.size ?? 0
  }

  /** A leaf's way up to the checkpoint's root. */
  path(leafIndex: number): MerklePath {
    return this.#require().tree.path(leafIndex)
  }

  leaf(leafIndex: number): bigint {
    return this.#require().tree.leaf(leafIndex)
  }

  /** The checkpoint and its leaves as bytes, to go on from without a prover; empty before the first update. */
  save(): Uint8Array {
    if (!this.#state) return new Uint8Array(0)
    const signed = encodeSignedCheckpoint(this.#state.signed)
    return concatBytes(this.#trust.save(), toBytes4(signed.length), signed, ...this.#state.tree.leaves().map(toBytes32))
  }

  /**
   * Goes on to the prover's newest checkpoint. Throws {@link TreeMismatchError} where its leaves do not give the signed
   * root; the tree is then as it was before.
   */
  update(options: UpdateOptions = {}): Promise<Checkpoint> {
    return this.#inTurn(() => this.#update(options), options.signal)
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

    const tree = (await this.#extend(checkpoint, options)) ?? (await this.#load(checkpoint, options))
    this.#state = { signed, checkpoint, tree }
    return checkpoint
  }

  /** The tree after the operations since; undefined if the log did not simply grow. */
  async #extend(checkpoint: Checkpoint, { signal }: UpdateOptions): Promise<NoteTree | undefined> {
    const known = this.#state?.checkpoint
    if (!this.#state || !known || checkpoint.operations - known.operations > longestDelta) return undefined
    const operations: Operation[] = []
    let chain = known.logHash
    const [start, end] = [Number(known.operations), Number(checkpoint.operations)]
    for (let next = start - (start % operationsPerPage); next < end; ) {
      const page = await this.#prover.operations({ from: next, limit: operationsPerPage, signal })
      if (page.operations.length === 0) return undefined
      const fresh = page.operations.slice(Math.max(0, start - next), Math.max(0, end - next))
      for (const operation of fresh) chain = extendChain(chain, start + operations.push(operation) - 1, operation)
      next += page.operations.length
    }
    if (!equalBytes(chain, checkpoint.logHash)) return undefined
    const { tree } = this.#state
    const before = tree.leaves()
    if (apply(tree, operations) && tree.root() === fromBytes(checkpoint.root)) return tree
    this.#state = { ...this.#state, tree: await build(before, known.root, undefined) }
    throw new TreeMismatchError(
      'The signed operations do not give the signed root: the signers signed something false.',
    )
  }

  /** The tree of the leaves that the prover sends. */
  async #load({ operations, root }: Checkpoint, options: UpdateOptions): Promise<NoteTree> {
    const leaves: bigint[] = []
    for (let size = 1; leaves.length < size; ) {
      const page = await this.#prover.leaves(operations, {
        from: leaves.length,
        limit: leavesPerPage,
        signal: options.signal,
      })
      size = page.size
      const isShort = page.leaves.length === 0 && size > leaves.length
      if (isShort || BigInt(size) > operations) throw new TreeMismatchError(`The prover did not send ${size} leaves.`)
      for (const leaf of page.leaves) leaves.push(leaf)
      options.onProgress?.({ kind: 'tree', leaves: leaves.length, of: size })
    }
    return await build(leaves, root, options.signal)
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

/** Applies operations; false if they do not fit the tree. */
function apply(tree: NoteTree, operations: readonly Operation[]): boolean {
  for (const operation of operations) {
    if (operation.kind === 'append') {
      if (operation.leafIndex !== tree.size) return false
      tree.append(leafOf(operation))
    } else {
      if (operation.leafIndex >= tree.size) return false
      tree.zero(operation.leafIndex)
    }
  }
  return true
}

/** The tree of all leaves, if its root is the expected one. */
async function build(leaves: readonly bigint[], root: Uint8Array, signal: AbortSignal | undefined): Promise<NoteTree> {
  const tree = new NoteTree()
  for (let i = 0; i < leaves.length; i += leavesAtOnce) {
    for (const leaf of leaves.slice(i, i + leavesAtOnce)) tree.append(leaf)
    tree.root()
    await pause(0, signal)
  }
  if (tree.root() === fromBytes(root)) return tree
  throw new TreeMismatchError('The leaves do not give the signed root.', { hint: 'Ask another prover.' })
}

async function restore(saved: Uint8Array, trust: Trust): Promise<State> {
  const end = 4 + Number(fromBytes(saved.subarray(0, 4)))
  const bytes = saved.subarray(end)
  if (saved.length < end || bytes.length % 32 !== 0) throw new TreeMismatchError('The saved tree is cut off.')
  const signed = decodeSignedCheckpoint(saved.subarray(4, end))
  const checkpoint = await trust.verify(signed)
  const leaves = Array.from({ length: bytes.length / 32 }, (_, i) => fromBytes(bytes.subarray(32 * i, 32 * i + 32)))
  return { signed, checkpoint, tree: await build(leaves, checkpoint.root, undefined) }
}

/** What a prover sends does not give the root that is signed. */
export class TreeMismatchError extends BaseError {
  override readonly code = 'tree.mismatch'
}

/** There is no checkpoint to go by yet; asking again may help. */
export class CheckpointMissingError extends BaseError {
  override readonly code = 'checkpoint.missing'
}

/** Two different checkpoints carry one number: evidence against who signed both. */
export class CheckpointConflictError extends BaseError {
  override readonly code = 'checkpoint.conflict'
}
