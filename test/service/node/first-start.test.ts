import fs from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openIdentity } from '../../../service/node/identity/index.ts'
import type { Database, Row } from '../../../service/plugins/database/index.ts'

// A process that ends between any two steps of giving a database its fence, and starts again.

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pennypost-first-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** Two tables in memory, of which a write is done whole or not at all. */
function makeDatabase(secrets = new Map<string, Buffer>()): Database {
  let sequence = 0n
  return {
    read: async ({ text }) =>
      text.includes('counters') ? [{ value: sequence }] : [...secrets].map(([name, value]): Row => ({ name, value })),
    async write(statements) {
      for (const { text, values = [] } of statements) {
        if (text.startsWith('delete')) secrets.clear()
        else if (text.startsWith('insert')) secrets.set('fence', values[0] as Buffer)
        else sequence = BigInt(values[0] as bigint)
      }
      return []
    },
    script: async () => undefined,
    close: async () => undefined,
  }
}

const changes = ['openSync', 'writeSync', 'renameSync', 'rmSync', 'fsyncSync'] as const
const promised = ['open', 'rename', 'mkdir'] as const
const died = new Error('The process ends here.')

/** Does something that dies before its step number `at` that touches disk or database; false where it has no so many. */
async function dyingAt(
  at: number,
  database: Database,
  act: (database: Database) => Promise<unknown>,
): Promise<boolean> {
  let steps = 0
  const step = (): void => {
    if (steps++ >= at) throw died
  }
  const stepped = <F>(call: F): F => {
    const carry = (...args: unknown[]): unknown => {
      step()
      return (call as (...all: unknown[]) => unknown)(...args)
    }
    return carry as F
  }
  const [kept, keptPromises] = [pick(fs, changes), pick(fs.promises, promised)]
  for (const name of changes) fs[name] = stepped(kept[name]) as never
  for (const name of promised) fs.promises[name] = stepped(keptPromises[name]) as never
  syncBuiltinESMExports()
  try {
    await act({ ...database, write: stepped(database.write) })
    return false
  } catch (error) {
    if (error !== died) throw error
    return true
  } finally {
    Object.assign(fs, kept)
    Object.assign(fs.promises, keptPromises)
    syncBuiltinESMExports()
  }
}

function pick<T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, K>
}

type Place = Partial<Parameters<typeof openIdentity>[1]>

/** What a start comes to; as of a process that has ended again. */
async function start(database: Database, place: Place = {}) {
  const { seed, fence } = await openIdentity(database, { directory, oldBackup: 'refuse', now: 1, ...place })
  fence.close()
  return Buffer.from(seed).toString('hex')
}

describe('a process that dies at any step', () => {
  test.each([
    ['of the first start', undefined],
    ['of taking over a key that was in the database', Buffer.alloc(32, 7)],
  ])('%s starts again, with the one key', async (_, key) => {
    let deaths = 0
    for (let isDead = true; isDead; deaths++) {
      await rm(directory, { recursive: true, force: true })
      const database = makeDatabase(new Map(key && [['node-key', key]]))
      isDead = await dyingAt(deaths, database, start)
      const seed = await start(database)
      if (key) expect(seed).toBe(key.toString('hex'))
      expect(await start(database)).toBe(seed)
      expect((await readdir(directory)).sort()).toEqual(['fence', 'node.key'])
    }
    expect(deaths).toBeGreaterThan(8)
  })

  test('of taking an old backup can take it again, and never goes on with the old key', async () => {
    let deaths = 0
    for (let isDead = true; isDead; deaths++) {
      await rm(directory, { recursive: true, force: true })
      const old = await start(makeDatabase())
      const database = makeDatabase()
      await expect(start(database)).rejects.toMatchObject({ code: 'database.old' })
      isDead = await dyingAt(deaths, database, (dying) => start(dying, { oldBackup: 'accept' }))
      const next = await start(database).catch(() => start(database, { oldBackup: 'accept' }))
      expect(next).not.toBe(old)
      expect(await start(database)).toBe(next)
    }
    expect(deaths).toBeGreaterThan(8)
  })
})
