import { toBytes32 } from '../crypto/abi.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { emptyTreeRoot, FOREST_DEPTH, forestPathOf, forestRootOf } from '../crypto/forest.ts'
import { TREE_DEPTH } from '../crypto/signals.ts'
import { NoteTree } from './tree.ts'

/** Where a leaf is: the number of its tree, and its place there. */
export type LeafPlace = { readonly tree: number; readonly place: number }

/** The place of the log's leaf number `leafIndex`, where a tree has room for `capacity` notes. */
export const placeOf = (leafIndex: number, capacity: number): LeafPlace => ({
  tree: Math.floor(leafIndex / capacity),
  place: leafIndex % capacity,
})

/** Whether a number can be how many notes a tree has room for. */
export const isCapacity = (capacity: number): boolean =>
  Number.isInteger(Math.log2(capacity)) && capacity >= 2 && capacity <= 2 ** TREE_DEPTH

/** A leaf and the nodes beside its way up, lowest first: to the root of its tree, and from there to that of all trees. */
export type ForestPath = {
  readonly leaf: bigint
  readonly siblings: readonly bigint[]
  readonly forest: readonly Uint8Array[]
}

/** The note trees of one log, one after the other, each with room for so many notes: 2^20, unless its contract says less. */
export class NoteForest {
  readonly capacity: number
  readonly #trees: NoteTree[]

  constructor({ capacity = 2 ** TREE_DEPTH, trees = [] }: { capacity?: number; trees?: readonly NoteTree[] } = {}) {
    this.capacity = capacity
    this.#trees = [...trees]
  }

  /** The trees that have begun. */
  get trees(): readonly NoteTree[] {
    return this.#trees
  }

  /** How many leaves were ever appended to all trees. */
  get size(): number {
    const last = this.#trees.at(-1)
    return last ? (this.#trees.length - 1) * this.capacity + last.size : 0
  }

  /** Adds a leaf and returns its number. */
  append(leaf: bigint): number {
    const index = this.size
    const { tree } = placeOf(index, this.capacity)
    if (tree >= 2 ** FOREST_DEPTH) throw new RangeError('All note trees are full.')
    if (tree === this.#trees.length) this.#trees.push(new NoteTree())
    this.#trees[tree]?.append(leaf)
    return index
  }

  /** Empties a leaf for good. */
  zero(leafIndex: number): void {
    const { tree, place } = placeOf(leafIndex, this.capacity)
    const found = this.#trees[tree]
    if (!found) throw new RangeError(`There is no leaf ${leafIndex}.`)
    found.zero(place)
  }

  /** What a dispute over an operation shows of its leaf's place: the leaf, the way to its tree's root, and to that of all. */
  path(leafIndex: number): ForestPath {
    const { tree, place } = placeOf(leafIndex, this.capacity)
    const found = this.#trees[tree]
    if (!found) throw new RangeError(`There is no leaf ${leafIndex}.`)
    const { siblings } = found.path(place)
    return { leaf: found.leaf(place), siblings, forest: forestPathOf(this.roots(), tree) }
  }

  /** The roots of the trees, up to the last one that is not empty, at least one: what a checkpoint names. */
  roots(): Uint8Array[] {
    return trimTrees(this.#trees.map((tree) => toBytes32(tree.root())))
  }

  /** The root of all trees. */
  root(): Uint8Array {
    return forestRootOf(this.roots())
  }
}

/** Without the empty trees at the end, but for the first one. */
export function trimTrees(roots: readonly Uint8Array[]): Uint8Array[] {
  const last = roots.findLastIndex((root) => !equalBytes(root, emptyTreeRoot))
  return last <= 0 ? [roots[0] ?? emptyTreeRoot] : roots.slice(0, last + 1)
}
