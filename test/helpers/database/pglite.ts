import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { PGlite as Embedded } from '@electric-sql/pglite'

const run = promisify(execFile)

/** The embedded database as it is, but a new one begins as a copy of the run's template: to initialise one takes seconds. */
export const PGlite = {
  async create(directory: string): Promise<Embedded> {
    const template = process.env.EMPTY_DATABASE
    if (!template || existsSync(directory)) return Embedded.create(directory)
    if (directory === 'memory://') return free.pop() ?? createInMemory(template)
    await mkdir(directory, { recursive: true })
    await run('tar', ['-xf', template, '-C', directory])
    return Embedded.create(directory)
  },
}

/** Those in memory that were closed, and are empty again: files that share a process share them too. */
const free: Embedded[] = (globalThis as { freeDatabases?: Embedded[] }).freeDatabases ?? []
Object.assign(globalThis, { freeDatabases: free })
/** What was dropped stays in the catalogue, where it makes all else slower by and by. */
const mostUses = 50

async function createInMemory(template: string): Promise<Embedded> {
  const database = await Embedded.create({ loadDataDir: new Blob([await readFile(template)]) })
  const end = database.close.bind(database)
  let uses = 1
  database.close = async () => {
    if (++uses > mostUses) return end()
    await database.exec('discard all')
    await database.exec('drop schema public cascade; create schema public')
    free.push(database)
  }
  return database
}
