import { cpSync, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite as Embedded } from '@electric-sql/pglite'

/** The embedded database as it is, but a new one begins as a copy of the run's template: to initialise one takes seconds. */
export const PGlite = {
  async create(directory: string): Promise<Embedded> {
    const template = process.env.EMPTY_DATABASE
    if (!template || existsSync(directory)) return Embedded.create(directory)
    if (directory === 'memory://')
      return Embedded.create({ loadDataDir: new Blob([await readFile(join(template, 'database.tar'))]) })
    cpSync(join(template, 'database'), directory, { recursive: true }) // the others take ten times as long
    return Embedded.create(directory)
  },
}
