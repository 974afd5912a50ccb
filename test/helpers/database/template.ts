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

/** Initialises a database once for the whole run, for pglite.ts to copy: to initialise one takes seconds. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-template-'))
  const database = await PGlite.create()
  const dump = await database.dumpDataDir('none')
  await database.close()
  const file = join(folder, 'database.tar')
  await writeFile(file, Buffer.from(await dump.arrayBuffer()))
  project.provide('emptyDatabase', file)
  return () => rm(folder, { recursive: true, force: true })
}
