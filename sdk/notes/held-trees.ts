import { leafOf } from '../crypto/signals.ts'
import { placeOf } from './forest.ts'
import type { Operation } from './log.ts'
import { SUBTREE_SIZE } from './subtree.ts'
import { NoteTree, subtreeOf } from './tree.ts'

/** What a client holds of the note trees: those with its notes, and the newest; of each a thousand leaves here and there. */
export type HeldTrees = {
  /** How many notes a tree has room for; 0 while nobody has said so. */
  capacity: number
  /** By number. */
  readonly trees: Map<number, NoteTree>
  /** Leaves that were looked for and found: their numbers in the log. */
  readonly places: Map<bigint, number>
  /** Leaves that were looked for and not found: the trees below this number do not have them. */
  readonly missing: Map<bigint, number>
  /** Whether every leaf that was appended since the search for those was seen; the newest tree is then held. */
  isFollowed: boolean
}

/** Of no tree. */
export const holdNothing = (): HeldTrees => ({
  capacity: 0,
  trees: new Map(),
  places: new Map(),
  missing: new Map(),
  isFollowed: false,
})

/** A copy that can be changed alone. */
export const copyHeld = ({ capacity, trees, places, missing, isFollowed }: HeldTrees): HeldTrees => ({
  capacity,
  trees: new Map([...trees].map(([number, tree]) => [number, tree.copy()])),
  places: new Map(places),
  missing: new Map(missing),
  isFollowed,
})

/** The number of the newest tree that is held. */
export const newestOf = ({ trees }: HeldTrees): number => Math.max(-1, ...trees.keys())

/** Applies operations to what is held; false if they do not fit it. */
export function applyOperations(held: HeldTrees, operations: readonly Operation[]): boolean {
  return operations.every((operation) =>
    operation.kind === 'append' ? appendTo(held, operation) : zeroIn(held, operation.leafIndex),
  )
}

function appendTo(held: HeldTrees, operation: Extract<Operation, { kind: 'append' }>): boolean {
  const { tree: number, place } = placeOf(operation.leafIndex, held.capacity)
  if (place === 0 && held.isFollowed && !held.trees.has(number)) held.trees.set(number, new NoteTree())
  const tree = held.trees.get(number)
  if (!tree) return !held.isFollowed
  if (tree.size !== place) return false
  const leaf = leafOf(operation)
  tree.append(leaf)
  if (held.missing.delete(leaf)) held.places.set(leaf, operation.leafIndex)
  return true
}

function zeroIn(held: HeldTrees, leafIndex: number): boolean {
  const { tree: number, place } = placeOf(leafIndex, held.capacity)
  const tree = held.trees.get(number)
  if (!tree) return true
  if (place >= tree.size) return false
  if (!tree.has(subtreeOf(place))) return true // the root tells, and its subtrees are asked for
  forget(held, tree.leaf(place), leafIndex)
  tree.zero(place)
  return true
}

/** A leaf is no longer where it was found. */
export function forget(held: HeldTrees, leaf: bigint, leafIndex: number): void {
  if (held.places.get(leaf) !== leafIndex) return
  held.places.delete(leaf)
  held.missing.set(leaf, newestOf(held))
}

/** Notes where leaves are that are looked for, among those of a tree that are held. */
export function locate(held: HeldTrees, number: number, wanted: ReadonlySet<bigint>): void {
  const tree = held.trees.get(number)
  for (const subtree of tree?.held ?? []) {
    for (const [i, leaf] of (tree?.leavesOf(subtree) ?? []).entries()) {
      if (!wanted.has(leaf) || held.places.has(leaf)) continue
      held.places.set(leaf, number * held.capacity + subtree * SUBTREE_SIZE + i)
      held.missing.delete(leaf)
    }
  }
}

/** Operations were missed: what was not found may be in the newest tree that was held, or after it. */
export function interrupt(held: HeldTrees): void {
  if (held.isFollowed) for (const leaf of held.missing.keys()) held.missing.set(leaf, newestOf(held))
  held.isFollowed = false
  release(held)
}

/** Whether all was seen again, once the trees that are held were read anew up to the one with this number. */
export const isCaughtUp = ({ trees, missing }: HeldTrees, last: number): boolean =>
  trees.has(last) && [...missing.values()].every((from) => from >= last)

/** Lets go of trees and leaves that are not needed: neither with a leaf that was found, nor where the next is appended. */
export function release(held: HeldTrees): void {
  const newest = held.isFollowed ? newestOf(held) : -1
  const own = ownSubtrees(held)
  for (const [number, tree] of held.trees) {
    if (number !== newest && !own.has(number)) held.trees.delete(number)
    else tree.release((subtree) => own.get(number)?.has(subtree) === true)
  }
}

/** The subtrees with leaves that were found, by tree. */
export function ownSubtrees({ places, capacity }: HeldTrees): Map<number, Set<number>> {
  const own = new Map<number, Set<number>>()
  for (const leafIndex of places.values()) {
    const { tree, place } = placeOf(leafIndex, capacity)
    own.set(tree, (own.get(tree) ?? new Set()).add(subtreeOf(place)))
  }
  return own
}
