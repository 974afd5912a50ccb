import { fromBytes, fromHex, toBytes32, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import { noteCommitment } from '../../notes/index.ts'
import { isRecord } from '../../transport/index.ts'

/** What is taken in of a note that was bought elsewhere. */
export type NoteFile = { readonly secret: Uint8Array; readonly classNumber: number }

type Wanted = { readonly kind: 'stamps' | 'stake' /** Whose it has to be. */; readonly person: bigint }

/** Reads the text of a file in which `hardhat pennypost buy` and `stake` keep a note. What it says of the chain is not believed. */
export function readNoteFile(text: string, { kind, person }: Wanted): NoteFile {
  const file = parse(text)
  if (file.kind !== kind) throw new NoteFileMalformedError(`Expected a file of ${kind}, found one of ${file.kind}.`)
  const [secret, owner, commitment] = [file.secret, file.person, file.commitment].map(wordOf)
  if (secret === undefined || owner === undefined || commitment !== noteCommitment({ secret, person: owner }))
    throw new NoteFileMalformedError('Its commitment is not that of its secret and person.')
  if (owner !== person)
    throw new NoteForeignError('The note is of another person than this account.', {
      hint: 'Buy with PENNYPOST_PERSON set to `client.person`.',
    })
  if (typeof file.class !== 'number') throw new NoteFileMalformedError('It has no class.')
  return { secret: toBytes32(secret), classNumber: file.class }
}

function parse(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text)
    if (isRecord(json)) return json
  } catch {
    // not JSON at all
  }
  throw new NoteFileMalformedError('Expected the JSON text of a note.')
}

const wordOf = (value: unknown): bigint | undefined =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? fromBytes(fromHex(value)) : undefined

/** A person as files and `PENNYPOST_PERSON` have it. */
export const personText = (person: bigint): string => toHex(toBytes32(person))

/** What was to be taken in is not the file of such a note. */
export class NoteFileMalformedError extends BaseError {
  override readonly code = 'note.file-malformed'
}

/** A note of somebody else, which would show another pseudonym than the account's. */
export class NoteForeignError extends BaseError {
  override readonly code = 'note.foreign'
}

/** No tree of the network has the note, as far as the prover says. */
export class NoteMissingError extends BaseError {
  override readonly code = 'note.missing'
}
