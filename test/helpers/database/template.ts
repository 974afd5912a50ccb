import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** File of a database into which nothing was written yet. */
    emptyDatabase: string
  }
}

/** Short files of the log, so that a copy is a third as long. */
const initialising = ['--wal-segsize=1']

/** Memory that fits what tests store: to take the usual 128 MB takes longer than to copy. Nor are databases copied that nobody opens. */
const shrinking = [
  "alter system set shared_buffers = '8MB'",
  "alter system set wal_buffers = '256kB'",
  'alter system set max_connections = 5',
  'update pg_database set datistemplate = false',
  'drop database template0',
  'drop database template1',
  'checkpoint',
]

/** Initialises a database once for the whole run, for pglite.ts to copy: to initialise one takes seconds. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-template-'))
  const database = await PGlite.create({ initDbStartParams: initialising })
  for (const statement of shrinking) await database.query(statement)
  const dump = await database.dumpDataDir('none')
  await database.close()
  const file = join(folder, 'database.tar')
  await writeFile(file, Buffer.from(await dump.arrayBuffer()))
  project.provide('emptyDatabase', file)
  return () => rm(folder, { recursive: true, force: true })
}
