import { open, readFile, rename } from 'node:fs/promises'
import type { Storage } from '@pennypost/sdk'
import { createQueue } from '@pennypost/sdk/async'
import { fromBase64, toBase64 } from '@pennypost/sdk/crypto'

/**
 * What a client keeps between runs, in one file that only its owner reads. A value that was set is on the disk, and a file is
 * whole or as it was before; values that come together are written together.
 */
export async function openAccountStorage(path: string): Promise<Storage> {
  const values = await readValues(path)
  let last: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined

  function save(): Promise<void> {
    next ??= last
      .catch(() => undefined) // whoever set that was told
      .then(() => {
        next = undefined
        return writeValues(path, values)
      })
    last = next
    return next
  }

  return {
    get: async (key) => values.get(key),
    async set(key, value) {
      values.set(key, value)
      await save()
    },
    inTurn: createQueue(), // one command of an account at a time
  }
}

/** The same for who only listens: what it learns is forgotten with it. */
export async function copyAccountStorage(path: string): Promise<Storage> {
  const values = await readValues(path)
  return { get: async (key) => values.get(key), set: async (key, value) => void values.set(key, value) }
}

async function readValues(path: string): Promise<Map<string, Uint8Array>> {
  try {
    const entries = Object.entries<string>(JSON.parse(await readFile(path, 'utf8')))
    return new Map(entries.map(([key, value]) => [key, fromBase64(value)]))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map()
    throw error
  }
}

async function writeValues(path: string, values: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const draft = `${path}.draft`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(Object.fromEntries([...values].map(([key, value]) => [key, toBase64(value)]))))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}
