import { randomBytes } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fromHex, toHex } from '@pennypost/sdk/crypto'
import { SettingInvalidError } from '../../plugins/settings.ts'

const fileIn = (directory: string): string => join(directory, 'node.key')

/** The seed of the key that a directory holds; undefined if it holds none. */
export async function readKey(directory: string): Promise<Uint8Array | undefined> {
  const text = await readFile(fileIn(directory), 'utf8').catch((error) => {
    if (error.code !== 'ENOENT') throw error
  })
  if (text === undefined) return undefined
  if (/^[0-9a-f]{64}\n?$/.test(text)) return fromHex(text.trim())
  throw new SettingInvalidError(`${fileIn(directory)} is not a key.`, { hint: 'Put the right one there.' })
}

/** Keeps a key, readable by its owner only; whole on disk or not there at all. */
export async function writeKey(directory: string, seed: Uint8Array = randomBytes(32)): Promise<Uint8Array> {
  const path = fileIn(directory)
  const file = await open(`${path}.new`, 'w', 0o600)
  await file.writeFile(`${toHex(seed)}\n`)
  await file.sync()
  await file.close()
  await rename(`${path}.new`, path)
  await syncDirectory(dirname(path))
  return seed
}

/** Puts a key aside, which is not to sign any more. */
export const retireKey = (directory: string, now: number): Promise<void> =>
  rename(fileIn(directory), `${fileIn(directory)}.retired-${Math.floor(now)}`)

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  await directory.sync()
  await directory.close()
}
