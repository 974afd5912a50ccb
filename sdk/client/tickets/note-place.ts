import { classIdOf, leafOf } from '../../crypto/index.ts'
import { type HeldNote, noteCommitment, type TreeFollower } from '../../notes/index.ts'

type Index = { byLeaf: Map<bigint, number>; next: number }

const indexes = new WeakMap<TreeFollower, Index>()

/**
 * Where a note is in the tree; undefined where the tree does not have it. Only ever looked up here: to ask a prover for a
 * single leaf would tell it whose note is used.
 */
export function placeOf(note: HeldNote, follower: TreeFollower): number | undefined {
  const { limit, expiry, noteClass } = note
  return indexOf(leafOf({ commitment: noteCommitment(note), classId: classIdOf(noteClass), limit, expiry }), follower)
}

/** Where a leaf is in the tree. */
export function indexOf(leaf: bigint, follower: TreeFollower): number | undefined {
  const known = indexes.get(follower)?.byLeaf.get(leaf)
  if (known !== undefined && known < follower.size && follower.leaf(known) === leaf) return known
  return extend(follower, known === undefined ? indexes.get(follower) : undefined).byLeaf.get(leaf)
}

/** The index of all leaves; made anew where leaves are not where they were. */
function extend(follower: TreeFollower, index: Index = { byLeaf: new Map(), next: 0 }): Index {
  for (; index.next < follower.size; index.next++) index.byLeaf.set(follower.leaf(index.next), index.next)
  indexes.set(follower, index)
  return index
}
