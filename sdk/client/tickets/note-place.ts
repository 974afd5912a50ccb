import type { Checkpoint, StampBook } from '../../codec/index.ts'
import { classIdOf, fromBytes, leafOf, noteKinds } from '../../crypto/index.ts'
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

/** The note of a book, if there is such a class. */
export function noteOfBook(book: StampBook, person: bigint, checkpoint: Checkpoint): HeldNote[] {
  const terms = checkpoint?.classes.find(({ kind, number }) => kind === noteKinds.stamp && number === book.classNumber)
  if (!terms) return []
  const noteClass = {
    kind: 'stamp' as const,
    chainId: checkpoint.chainId,
    contract: terms.contract,
    number: BigInt(book.classNumber),
  }
  return [{ secret: fromBytes(book.secret), person, noteClass, limit: BigInt(book.limit), expiry: book.expiry }]
}
