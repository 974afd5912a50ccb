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
    if (directory === 'memory://') return Embedded.create({ loadDataDir: new Blob([await readFile(template)]) })
    await mkdir(directory, { recursive: true })
    await run('tar', ['-xf', template, '-C', directory])
    return Embedded.create(directory)
  },
}
