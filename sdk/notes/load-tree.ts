import { pause } from '../async.ts'
import type { Checkpoint } from '../codec/index.ts'
import { emptyTreeRoot, fromBytes, isFieldElement } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import type { LeafPage, TreePage } from '../transport/prover-client.ts'
import { isCapacity, placeOf } from './forest.ts'
import { forget, type HeldTrees, locate, ownSubtrees } from './held-trees.ts'
import { SUBTREE_SIZE } from './subtree.ts'
import { NoteTree } from './tree.ts'

/** What is needed of a prover to load a tree. */
export type LeafSource = {
  leaves(operations: bigint, page: TreePage): Promise<LeafPage>
  nodes(operations: bigint, page: TreePage): Promise<readonly bigint[]>
}

export type LoadOptions = {
  readonly signal?: AbortSignal | undefined
  /** Told how many leaves of a tree are read, of how many. */
  readonly onProgress?: ((event: TreeProgress) => void) | undefined
}

/** How far a tree is read: leaves, of how many. */
export type TreeProgress = { readonly kind: 'tree'; readonly leaves: number; readonly of: number }

export type Loading = LoadOptions & {
  readonly prover: LeafSource
  readonly checkpoint: Checkpoint
  readonly number: number
  /** Leaves that are looked for. */
  readonly wanted: ReadonlySet<bigint>
}

const leavesPerPage = 16 * SUBTREE_SIZE

/**
 * Reads all leaves of one tree, whichever is meant, and holds those that it must: a thousand around each that was found or is
 * looked for, and those around the end. The prover says the roots of the others; a wrong one does not give the signed root.
 */
export async function loadTree(held: HeldTrees, loading: Loading): Promise<void> {
  const { number, wanted } = loading
  const { size, kept } = await readLeaves(held, loading)
  held.trees.set(number, await plant(loading, size, kept))
  for (const [leaf, leafIndex] of held.places) {
    const { tree, place } = placeOf(leafIndex, held.capacity)
    if (tree === number && held.trees.get(tree)?.leaf(place) !== leaf) forget(held, leaf, leafIndex)
  }
  locate(held, number, wanted)
}

/**
 * Asks for the roots of a held tree's subtrees anew, some of which have changed beside those that are held. Whether it asks must
 * not depend on which these are.
 */
export async function renewTree(held: HeldTrees, loading: Loading): Promise<void> {
  const tree = held.trees.get(loading.number)
  if (!tree || tree.size <= SUBTREE_SIZE) return
  const kept = new Map(tree.held.map((subtree) => [subtree, tree.leavesOf(subtree)]))
  const found = await plantSubtrees(loading, tree.size, kept)
  if (found) held.trees.set(loading.number, found)
}

/** Whether a held tree has the root that a checkpoint names. */
export const isRight = ({ trees }: HeldTrees, { checkpoint, number }: Loading): boolean =>
  trees.get(number)?.root() === rootIn(checkpoint, number)

/** The root of a tree, by a checkpoint. */
export const rootIn = ({ trees }: Checkpoint, number: number): bigint => fromBytes(trees[number] ?? emptyTreeRoot)

type Kept = ReadonlyMap<number, readonly bigint[]>

async function readLeaves(held: HeldTrees, loading: Loading): Promise<{ size: number; kept: Kept }> {
  const { prover, checkpoint, number, signal, onProgress } = loading
  const kept = new Map<number, readonly bigint[]>()
  const keep = keeper(held, loading, kept)
  for (let [from, rest] = [0, [] as readonly bigint[]]; ; ) {
    const page = await prover.leaves(checkpoint.operations, { tree: number, from, limit: leavesPerPage, signal })
    requirePage(held, page, { from, operations: checkpoint.operations })
    from += page.leaves.length
    onProgress?.({ kind: 'tree', leaves: from, of: page.size })
    rest = keep([...rest, ...page.leaves], page.size)
    if (from === page.size) return { size: from, kept }
    await pause(0, signal)
  }
}

/** Keeps whole subtrees of what was read, and the last one, where they are needed; answers the rest. */
function keeper(held: HeldTrees, { number, wanted }: Loading, kept: Map<number, readonly bigint[]>) {
  const own = ownSubtrees(held).get(number)
  let subtree = 0
  return (read: readonly bigint[], size: number): readonly bigint[] => {
    let rest = read
    while (rest.length > 0 && rest.length >= Math.min(SUBTREE_SIZE, size - subtree * SUBTREE_SIZE)) {
      const leaves = rest.slice(0, SUBTREE_SIZE)
      const isLast = leaves.length < SUBTREE_SIZE || size === SUBTREE_SIZE
      if (isLast || own?.has(subtree) || leaves.some((leaf) => wanted.has(leaf))) kept.set(subtree, leaves)
      rest = rest.slice(SUBTREE_SIZE)
      subtree += 1
    }
    return rest
  }
}

/** Throws unless a page can be the one that was asked for. */
function requirePage(
  held: HeldTrees,
  { size, capacity, leaves }: LeafPage,
  { from, operations }: { from: number; operations: bigint },
): void {
  requireCapacity(held, capacity)
  const end = from + leaves.length
  const isCut = leaves.length === 0 && size > from
  if (isCut || end > size || size > capacity || BigInt(size) > operations || !leaves.every(isFieldElement)) {
    throw new TreeMismatchError(`The prover did not send ${size} leaves.`)
  }
}

function requireCapacity(held: HeldTrees, capacity: number): void {
  if (!isCapacity(capacity) || (held.capacity !== 0 && held.capacity !== capacity)) {
    throw new TreeMismatchError(`A tree cannot have room for ${capacity} notes.`, { hint: 'Ask another prover.' })
  }
  held.capacity = capacity
}

/** The tree of so many leaves, if it has the signed root; throws {@link TreeMismatchError} else. */
async function plant(loading: Loading, size: number, kept: Kept): Promise<NoteTree> {
  const isSmall = size <= SUBTREE_SIZE
  const tree = isSmall ? plantLeaves(loading, kept.get(0) ?? []) : await plantSubtrees(loading, size, kept)
  if (tree) return tree
  throw new TreeMismatchError('The leaves do not give the signed root.', { hint: 'Ask another prover.' })
}

/** The tree of a single subtree: all of its leaves are there. Undefined where they do not give the signed root. */
function plantLeaves({ checkpoint, number }: Loading, leaves: readonly bigint[]): NoteTree | undefined {
  const tree = NoteTree.from(leaves)
  return tree.root() === rootIn(checkpoint, number) ? tree : undefined
}

/** The tree of so many leaves with some of its subtrees; undefined where those are not under the signed root. */
async function plantSubtrees(loading: Loading, size: number, kept: Kept): Promise<NoteTree | undefined> {
  const nodes = await readNodes(loading)
  const tree = new NoteTree({ size, nodes })
  const isWhole = nodes.length === Math.ceil(size / SUBTREE_SIZE)
  if (!isWhole || tree.root() !== rootIn(loading.checkpoint, loading.number)) return undefined
  return [...kept].every((entry) => tree.hold(...entry)) ? tree : undefined
}

async function readNodes({ prover, checkpoint, number, signal }: Loading): Promise<readonly bigint[]> {
  const nodes = await prover.nodes(checkpoint.operations, { tree: number, signal })
  if (nodes.length <= SUBTREE_SIZE && nodes.every(isFieldElement)) return nodes
  throw new TreeMismatchError(`The prover sent ${nodes.length} nodes that cannot be the ${SUBTREE_SIZE} subtrees.`)
}

/** What a prover sends does not give the root that is signed. */
export class TreeMismatchError extends BaseError {
  override readonly code = 'tree.mismatch'
}
