import { toBytes32, toHex } from '../../sdk/crypto/index.ts'
import { createNote, type NoteSecret, noteCommitment } from '../../sdk/notes/index.ts'
import { act, type Run } from './act.ts'
import { bytes32Of } from './given.ts'
import { keepSecret } from './secret-file.ts'
import type { Session } from './session.ts'

type Options = {
  readonly kind: 'stamps' | 'stake'
  readonly class: number
  readonly file: string | undefined
  readonly dryRun: boolean
}

/** What is known of a note once it is in the tree. */
type Placed = { readonly leafIndex: number; readonly operation: bigint; readonly limit: bigint }

/**
 * Makes the secret of a note, keeps it in a file, and only then does what needs it. The file goes only where it is certain
 * that nothing was sent; afterwards it also says where the note is.
 */
export async function actWithNote<T extends Placed>(
  session: Session,
  { kind, class: number, file: path, dryRun }: Options,
  run: (note: NoteSecret) => Run<T>,
): Promise<T | undefined> {
  const person = readPerson()
  session.print(
    person === undefined
      ? 'PENNYPOST_PERSON is not set: the note will be of nobody, and no client can take it in.'
      : `The client of this person takes it in with ${kind === 'stamps' ? 'stamps' : 'stakes'}.import.`,
  )
  const note = createNote(person ?? createNote(0n).secret)
  if (dryRun) return await act(session, run(note), { dryRun })

  const content = describe(session, { kind, number, note })
  const file = await keepSecret(`${kind}-${session.chainId}`, content, path)
  session.print(`The note's secret is in ${file.path}: whoever has the file has the note.`)
  let mayBeSent = false
  try {
    const onStep = ({ kind: step }: { kind: string }) => {
      mayBeSent ||= step === 'simulated'
    }
    const made = await act(session, run(note), { dryRun, onStep })
    if (made) {
      const { leafIndex, operation, limit } = made
      await file.update({ ...content, leafIndex, operation: `${operation}`, limit: `${limit}` })
    }
    return made
  } catch (error) {
    if (mayBeSent) session.print(`It may have been sent nonetheless: ${file.path} is kept.`)
    else await file.remove()
    throw error
  }
}

/** Whose note it is: of the account that will use it, from the environment, or nobody's yet. */
function readPerson(): bigint | undefined {
  const given = process.env.PENNYPOST_PERSON
  return given === undefined ? undefined : BigInt(`0x${toHex(bytes32Of('PENNYPOST_PERSON', given))}`)
}

function describe(
  { chainId, contracts }: Session,
  { kind, number, note }: { kind: Options['kind']; number: number; note: NoteSecret },
) {
  return {
    kind,
    chainId,
    contract: kind === 'stamps' ? contracts.postage : contracts.stakeRegistry,
    class: number,
    secret: toHex(toBytes32(note.secret)),
    person: toHex(toBytes32(note.person)),
    commitment: toHex(toBytes32(noteCommitment(note))),
  }
}
