import { join } from 'node:path'
import {
  type Address,
  addressOf,
  concatBytes,
  fromHex,
  publicKeyOf,
  randomBytes,
  signDigest,
  toHex,
} from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import { readIfThere, writeDurably } from '../../plugins/durable-file.ts'
import { createFileJournal } from './journal.ts'

/** Who signs checkpoints. */
export type Signer = {
  readonly address: Address
  /** R, S and 27 plus the recovery bit, 65 bytes. */
  sign(digest: Uint8Array): Uint8Array
}

const fileName = 'signer.key'

/** The signer of a private key, 32 bytes of hex. */
export function createSigner(privateKey: string): Signer {
  const key = readKey(privateKey)
  return {
    address: addressOf(publicKeyOf(key)),
    sign(digest) {
      const { bytes, recovery } = signDigest(digest, key)
      return concatBytes(bytes, Uint8Array.of(27 + recovery))
    },
  }
}

/** The key kept in a directory; made there, readable by its owner only, the first time, beside the journal of one that has not signed. */
export async function loadKey(directory: string): Promise<string> {
  const path = join(directory, fileName)
  const known = await readIfThere(path)
  if (known !== undefined) return known.trim()
  const key = makeKey()
  await createFileJournal(directory).write(new Uint8Array())
  await writeDurably(path, `${key}\n`)
  return key
}

/** A key for a prover that keeps nothing. */
export const makeKey = (): string => `0x${toHex(randomBytes(32))}`

function readKey(privateKey: string): Uint8Array {
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(privateKey)) {
    throw new SignerKeyMalformedError('Expected a private key of 64 hex digits.', { hint: 'Set PENNYPOST_SIGNER_KEY.' })
  }
  return fromHex(privateKey)
}

/** A signer's key that is none. */
export class SignerKeyMalformedError extends BaseError {
  readonly code = 'signer.key-malformed'
}
