import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromHex, toBytes32 } from '@pennypost/sdk/crypto'
import type { NoteSignature } from '@pennypost/sdk/facts'
import { buildEddsa } from 'circomlibjs'
import { writeDurably } from '../checkpoints/durable-file.ts'
import { makeKey } from '../checkpoints/index.ts'

/** The key that signs notes of facts: EdDSA with Poseidon, on BabyJubjub. The same message gives the same signature. */
export type IssuerKey = {
  /** Coordinates, 32 bytes each, big-endian. */
  readonly x: Uint8Array
  readonly y: Uint8Array
  sign(message: bigint): NoteSignature
}

const fileName = 'issuer.key'

/** The key of 32 secret bytes. */
export async function createIssuerKey(secret: Uint8Array): Promise<IssuerKey> {
  const eddsa = await buildEddsa()
  const [x, y] = eddsa.prv2pub(secret).map((element) => toBytes32(eddsa.F.toObject(element)))
  return {
    x: x ?? new Uint8Array(32),
    y: y ?? new Uint8Array(32),
    sign(message) {
      const { R8, S } = eddsa.signPoseidon(secret, eddsa.F.e(message))
      return { r8x: eddsa.F.toObject(R8[0]), r8y: eddsa.F.toObject(R8[1]), s: S }
    },
  }
}

/** The key kept in a directory, made there the first time; a new one where nothing is kept. */
export async function openIssuerKey(directory: string | undefined): Promise<IssuerKey> {
  return createIssuerKey(fromHex(directory ? await loadKey(join(directory, fileName)) : makeKey()))
}

async function loadKey(path: string): Promise<string> {
  const known = await readFile(path, 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (known !== undefined) return known.trim()
  const key = makeKey()
  await writeDurably(path, `${key}\n`)
  return key
}
