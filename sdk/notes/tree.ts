import { TREE_DEPTH } from '../crypto/signals.ts'
import { hashPair, SUBTREE_DEPTH, SUBTREE_SIZE, Subtree, zeroAt } from './subtree.ts'

/** A leaf's place in its tree and the nodes beside its way up, lowest first. */
export type MerklePath = {
  readonly leafIndex: number
  readonly siblings: readonly bigint[]
}

/**
 * One note tree: binary, of fixed depth 20, an empty leaf is 0. Leaves are held in subtrees of 2^10; of a subtree that is not
 * held its root is enough to know the tree's, and the paths of leaves in the others.
 */
export class NoteTree {
  #top: Subtree
  readonly #held = new Map<number, Subtree>()
  /** Held subtrees whose root above may be an old one. */
  readonly #stale = new Set<number>()
  #size: number

  /** A tree of so many leaves, none of which is held, from the roots of its subtrees. */
  constructor({ size = 0, nodes = [] }: { readonly size?: number; readonly nodes?: readonly bigint[] } = {}) {
    this.#size = size
    this.#top = new Subtree(SUBTREE_DEPTH, nodes)
  }

  /** The tree of a snapshot, zeroed leaves as 0. */
  static from(leaves: Iterable<bigint>): NoteTree {
    const tree = new NoteTree()
    for (const leaf of leaves) tree.append(leaf)
    return tree
  }

  /** How many leaves were ever appended, zeroed ones included. */
  get size(): number {
    return this.#size
  }

  /** Adds a leaf and returns its index. Of a subtree that has leaves already, those must be held. */
  append(leaf: bigint): number {
    const index = this.#size
    if (index >= 2 ** TREE_DEPTH) throw new RangeError('The note tree is full.')
    if (index % SUBTREE_SIZE === 0) this.#held.set(subtreeOf(index), new Subtree(0))
    if (!this.has(subtreeOf(index))) throw new RangeError(`The leaves beside ${index} are not held.`)
    this.#size += 1
    this.#write(index, leaf)
    return index
  }

  /** Empties a leaf for good; its index is not used again. */
  zero(leafIndex: number): void {
    this.#write(leafIndex, 0n)
  }

  root(): bigint {
    this.#refresh()
    return this.#top.root()
  }

  path(leafIndex: number): MerklePath {
    const below = this.#require(leafIndex).siblings(leafIndex % SUBTREE_SIZE)
    this.#refresh()
    return { leafIndex, siblings: [...below, ...this.#top.siblings(subtreeOf(leafIndex))] }
  }

  leaf(leafIndex: number): bigint {
    return this.#require(leafIndex).at(leafIndex % SUBTREE_SIZE)
  }

  /** The roots of the subtrees that have leaves. */
  nodes(): readonly bigint[] {
    this.#refresh()
    const count = Math.ceil(this.#size / SUBTREE_SIZE)
    return Array.from({ length: count }, (_, i) => this.#top.at(i))
  }

  /** Subtrees whose leaves are known, by their number. */
  get held(): readonly number[] {
    return [...this.#held.keys()]
  }

  has(subtree: number): boolean {
    return this.#held.has(subtree)
  }

  /** The leaves of a held subtree, zeroed ones as 0. */
  leavesOf(subtree: number): readonly bigint[] {
    return this.#require(subtree * SUBTREE_SIZE).nodes
  }

  /** Holds the leaves of a subtree; false where they are not the ones that its root is of. */
  hold(subtree: number, leaves: readonly bigint[]): boolean {
    this.#refresh()
    const found = new Subtree(0, leaves)
    const isWhole = leaves.length === Math.min(SUBTREE_SIZE, this.#size - subtree * SUBTREE_SIZE)
    if (!isWhole || found.root() !== this.#top.at(subtree)) return false
    this.#held.set(subtree, found)
    return true
  }

  /** Forgets leaves, but of the subtrees that are to be kept, and of one that has room left. */
  release(keep: (subtree: number) => boolean = () => false): void {
    this.#refresh()
    const growing = this.#size % SUBTREE_SIZE === 0 ? undefined : subtreeOf(this.#size)
    for (const subtree of this.held) if (subtree !== growing && !keep(subtree)) this.#held.delete(subtree)
  }

  copy(): NoteTree {
    this.#refresh()
    const copy = new NoteTree({ size: this.#size })
    copy.#top = this.#top.copy()
    for (const [subtree, leaves] of this.#held) copy.#held.set(subtree, leaves.copy())
    return copy
  }

  #write(leafIndex: number, leaf: bigint): void {
    this.#require(leafIndex).set(leafIndex % SUBTREE_SIZE, leaf)
    this.#stale.add(subtreeOf(leafIndex))
  }

  #refresh(): void {
    for (const subtree of this.#stale) this.#top.set(subtree, this.#held.get(subtree)?.root() ?? zeroAt(SUBTREE_DEPTH))
    this.#stale.clear()
  }

  #require(leafIndex: number): Subtree {
    const isThere = Number.isInteger(leafIndex) && leafIndex >= 0 && leafIndex < this.#size
    const found = isThere ? this.#held.get(subtreeOf(leafIndex)) : undefined
    if (found) return found
    throw new RangeError(isThere ? `Leaf ${leafIndex} is not held.` : `The tree has no leaf ${leafIndex}.`)
  }
}

/** The number of the subtree that a leaf is in. */
export const subtreeOf = (leafIndex: number): number => Math.floor(leafIndex / SUBTREE_SIZE)

/** The root that a leaf and its path lead to. */
export function rootOf(leaf: bigint, { leafIndex, siblings }: MerklePath): bigint {
  return siblings.reduce((below, sibling, level) => {
    return (leafIndex >> level) & 1 ? hashPair(sibling, below) : hashPair(below, sibling)
  }, leaf)
}
