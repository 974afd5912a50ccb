import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { PGlite as Embedded } from '@electric-sql/pglite'
import { inject } from 'vitest'

/** The embedded database as it is, but a new one begins as a copy of the run's template. */
export const PGlite = {
  async create(directory: string): Promise<Embedded> {
    if (existsSync(directory)) return Embedded.create(directory)
    return Embedded.create(directory, { loadDataDir: new Blob([await readFile(inject('emptyDatabase'))]) })
  },
}
