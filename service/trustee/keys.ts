import { join } from 'node:path'
import { type Hex, randomBytes, toHex } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import { readIfThere, writeDurably } from '../plugins/durable-file.ts'

type Kept = { readonly dataDir: string | undefined; readonly name: 'wallet' | 'storage' }

/** A key (0x, 64 hex digits): the one that was given, else that of the data directory, where it is made the first time. */
export async function loadKey(given: Hex | undefined, { dataDir, name }: Kept): Promise<Hex> {
  if (given !== undefined) return given
  const made: Hex = `0x${toHex(randomBytes(32))}`
  if (dataDir === undefined) return made
  const path = join(dataDir, `${name}.key`)
  const known = (await readIfThere(path))?.trim()
  if (known === undefined) await writeDurably(path, `${made}\n`)
  else if (!/^0x[0-9a-fA-F]{64}$/.test(known)) throw new KeyFileMalformedError(`${path} holds no key of 64 hex digits.`)
  return (known ?? made) as Hex
}

/** The file of a key was changed, or is of something else. */
export class KeyFileMalformedError extends BaseError {
  readonly code = 'key.file-malformed'
}
