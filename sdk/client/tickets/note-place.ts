import type { Checkpoint } from '../../codec/index.ts'
import { classIdOf, leafOf } from '../../crypto/index.ts'
import { type HeldNote, noteCommitment, type TreeFollower } from '../../notes/index.ts'
import type { FindStep, TreeKeeper } from './tree-keeper.ts'

/** What a note is in its tree. */
export const leafOfNote = (note: HeldNote): bigint =>
  leafOf({ ...note, commitment: noteCommitment(note), classId: classIdOf(note.noteClass) })

type Finding = FindStep & { /** Fewer, and the newest checkpoint is asked for. */ readonly least: number }

/**
 * The notes that are in a tree, each with the number of that. Only ever looked up here: to ask a prover for a single leaf would
 * tell it whose note is used.
 */
export async function findNotes(
  tree: Pick<TreeKeeper, 'find' | 'refresh'>,
  notesOf: (checkpoint: Checkpoint) => readonly HeldNote[],
  { least, ...step }: Finding,
): Promise<HeldNote[]> {
  const find = async () => {
    const follower = await tree.find((checkpoint) => notesOf(checkpoint).map(leafOfNote), step)
    return follower.checkpoint ? inTrees(notesOf(follower.checkpoint), follower) : []
  }
  const found = await find()
  if (found.length >= least) return found
  await tree.refresh(step)
  return find()
}

function inTrees(notes: readonly HeldNote[], follower: TreeFollower): HeldNote[] {
  return notes.flatMap((note) => {
    const leafIndex = follower.indexOf(leafOfNote(note))
    return leafIndex === undefined ? [] : [{ ...note, tree: follower.treeOf(leafIndex) }]
  })
}
