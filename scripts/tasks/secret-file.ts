import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { randomBytes, toHex } from '../../sdk/crypto/index.ts'
import { TaskError } from './session.ts'

const folder = '.pennypost/secrets'

/** A file that only its owner reads. What money is spent on is in it, on the disk, before anything is sent. */
export type SecretFile = {
  readonly path: string
  /** Replaces what is in it, whole or not at all. */
  update(content: object): Promise<void>
  /** For an act of which nothing was sent. */
  remove(): Promise<void>
}

/** Makes a file of mode 600 with this content and waits until it is on the disk. Never overwrites one. */
export async function keepSecret(name: string, content: object, given?: string): Promise<SecretFile> {
  const path = resolve(given ?? `${folder}/${name}-${toHex(randomBytes(6))}.json`)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    await write(path, content)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new TaskError(`${path} already exists, and may be worth money: choose another --file.`)
    }
    throw error
  }
  return {
    path,
    async update(next) {
      const draft = `${path}.${toHex(randomBytes(6))}`
      await write(draft, next)
      await rename(draft, path)
    },
    remove: () => rm(path),
  }
}

async function write(path: string, content: object): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  const parent = await open(dirname(path), 'r')
  await parent.sync().finally(() => parent.close())
}
