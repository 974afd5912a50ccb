import { poseidon } from '../crypto/poseidon.ts'
import { TREE_DEPTH } from '../crypto/signals.ts'

/** A leaf's place and the nodes beside its way up, lowest first. */
export type MerklePath = {
  readonly leafIndex: number
  readonly siblings: readonly bigint[]
}

/** Roots of empty subtrees: `zeros[n]` is the root of one with 2^n empty leaves. */
const zeros = [0n]
for (let level = 0; level < TREE_DEPTH; level++) zeros.push(node(zeros[level] as bigint, zeros[level] as bigint))

/**
 * The note tree: binary, of fixed depth 20, an empty leaf is 0.
 *
 * Leaves are written at once, inner nodes when a root or a path is asked for; so a whole snapshot costs one hash a
 * leaf, and one operation followed by `root()` twenty.
 */
export class NoteTree {
  readonly #levels: bigint[][] = Array.from({ length: TREE_DEPTH + 1 }, () => [])
  #stale = new Set<number>()

  /** The tree of a snapshot, zeroed leaves as 0. */
  static from(leaves: Iterable<bigint>): NoteTree {
    const tree = new NoteTree()
    for (const leaf of leaves) tree.append(leaf)
    return tree
  }

  /** How many leaves were ever appended, zeroed ones included. */
  get size(): number {
    return this.#level(0).length
  }

  /** Adds a leaf and returns its index. */
  append(leaf: bigint): number {
    const index = this.size
    if (index >= 2 ** TREE_DEPTH) throw new RangeError('The note tree is full.')
    this.#level(0).push(leaf)
    this.#stale.add(index >> 1)
    return index
  }

  /** Empties a leaf for good; its index is not used again. */
  zero(leafIndex: number): void {
    this.#requireIndex(leafIndex)
    this.#level(0)[leafIndex] = 0n
    this.#stale.add(leafIndex >> 1)
  }

  root(): bigint {
    this.#refresh()
    return this.#at(TREE_DEPTH, 0)
  }

  path(leafIndex: number): MerklePath {
    this.#requireIndex(leafIndex)
    this.#refresh()
    const siblings = zeros.slice(0, TREE_DEPTH).map((_, level) => this.#at(level, (leafIndex >> level) ^ 1))
    return { leafIndex, siblings }
  }

  leaf(leafIndex: number): bigint {
    this.#requireIndex(leafIndex)
    return this.#at(0, leafIndex)
  }

  /** A copy of the leaves from `start` on: a snapshot, or what was appended since. */
  leaves(start = 0): bigint[] {
    return this.#level(0).slice(start)
  }

  /** Recomputes the inner nodes above written leaves, level by level, each once. */
  #refresh(): void {
    let stale = this.#stale
    if (stale.size === 0) return
    for (let level = 1; level <= TREE_DEPTH; level++) {
      const above = new Set<number>()
      for (const index of stale) {
        this.#level(level)[index] = this.#join(level - 1, index)
        above.add(index >> 1)
      }
      stale = above
    }
    this.#stale = new Set()
  }

  #join(level: number, parent: number): bigint {
    const left = this.#at(level, 2 * parent)
    const right = this.#at(level, 2 * parent + 1)
    return left === zeros[level] && right === left ? (zeros[level + 1] as bigint) : node(left, right)
  }

  #at(level: number, index: number): bigint {
    return this.#level(level)[index] ?? (zeros[level] as bigint)
  }

  #level(level: number): bigint[] {
    return this.#levels[level] as bigint[]
  }

  #requireIndex(leafIndex: number): void {
    if (Number.isInteger(leafIndex) && leafIndex >= 0 && leafIndex < this.size) return
    throw new RangeError(`The tree has no leaf ${leafIndex}.`)
  }
}

/** The root that a leaf and its path lead to. */
export function rootOf(leaf: bigint, { leafIndex, siblings }: MerklePath): bigint {
  return siblings.reduce((below, sibling, level) => {
    return (leafIndex >> level) & 1 ? node(sibling, below) : node(below, sibling)
  }, leaf)
}

function node(left: bigint, right: bigint): bigint {
  return poseidon([left, right])
}
