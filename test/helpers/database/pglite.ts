import type { PGlite as Embedded } from '@electric-sql/pglite'
import { PGlite as Copied } from './copied.ts'

/** As in copied.ts, but those in memory are emptied when they are closed, and taken again: another copy costs a quarter of a second. */
export const PGlite = {
  create: async (directory: string): Promise<Embedded> =>
    directory === 'memory://' ? (free.pop() ?? createInMemory()) : Copied.create(directory),
}

/** Files that share a process share them too. */
const free: Embedded[] = (globalThis as { freeDatabases?: Embedded[] }).freeDatabases ?? []
Object.assign(globalThis, { freeDatabases: free })
/** What was dropped stays in the catalogue, where it makes all else slower by and by. */
const mostUses = 50

async function createInMemory(): Promise<Embedded> {
  const database = await Copied.create('memory://')
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
