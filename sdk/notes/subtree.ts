import { poseidon } from '../crypto/poseidon.ts'
import { TREE_DEPTH } from '../crypto/signals.ts'

/** Half of the depth of a note tree: so deep is a subtree of leaves, and the part above all of them. */
export const SUBTREE_DEPTH: number = TREE_DEPTH / 2

/** How many leaves a subtree has, and how many subtrees a note tree. */
export const SUBTREE_SIZE: number = 2 ** SUBTREE_DEPTH

/** Roots of empty trees: `zeros[n]` is the root of one with 2^n empty leaves. */
const zeros = [0n]
for (let level = 0; level < TREE_DEPTH; level++) zeros.push(hashPair(zeroAt(level), zeroAt(level)))

/** The root of a tree of so many empty leaves, 2^level. */
export function zeroAt(level: number): bigint {
  return zeros[level] as bigint
}

/** The node above two others. */
export function hashPair(left: bigint, right: bigint): bigint {
  return poseidon([left, right])
}

/**
 * A binary tree of depth 10, of leaves, or of nodes at a level of the note tree, where what is not there is empty.
 *
 * Nodes are written at once, those above when a root or a path is asked for; so many at once cost one hash each, and one alone
 * ten.
 */
export class Subtree {
  readonly #base: number
  readonly #levels: bigint[][] = Array.from({ length: SUBTREE_DEPTH + 1 }, () => [])
  #stale = new Set<number>()

  constructor(base: number, nodes: readonly bigint[] = []) {
    this.#base = base
    for (const [index, node] of nodes.entries()) this.set(index, node)
  }

  /** The nodes that are there, the lowest level of this tree. */
  get nodes(): readonly bigint[] {
    return this.#level(0)
  }

  set(index: number, node: bigint): void {
    if (this.#level(0)[index] === node) return
    this.#level(0)[index] = node
    this.#stale.add(index >> 1)
  }

  at(index: number): bigint {
    return this.#at(0, index)
  }

  root(): bigint {
    this.#refresh()
    return this.#at(SUBTREE_DEPTH, 0)
  }

  /** The nodes beside the way up from one, lowest first. */
  siblings(index: number): bigint[] {
    this.#refresh()
    return Array.from({ length: SUBTREE_DEPTH }, (_, level) => this.#at(level, (index >> level) ^ 1))
  }

  copy(): Subtree {
    const copy = new Subtree(this.#base)
    for (const [level, nodes] of this.#levels.entries()) copy.#levels[level] = [...nodes]
    copy.#stale = new Set(this.#stale)
    return copy
  }

  /** Recomputes the nodes above written ones, level by level, each once. */
  #refresh(): void {
    let stale = this.#stale
    if (stale.size === 0) return
    for (let level = 1; level <= SUBTREE_DEPTH; level++) {
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
    const zero = zeroAt(this.#base + level)
    return left === zero && right === zero ? zeroAt(this.#base + level + 1) : hashPair(left, right)
  }

  #at(level: number, index: number): bigint {
    return this.#level(level)[index] ?? zeroAt(this.#base + level)
  }

  #level(level: number): bigint[] {
    return this.#levels[level] as bigint[]
  }
}
