import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'

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

/** Initialises a database once for the whole run, for copied.ts, in tests and in the processes that they start. */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'pennypost-template-'))
  const database = await PGlite.create({ initDbStartParams: initialising })
  for (const statement of shrinking) await database.query(statement)
  const dump = await database.dumpDataDir('none')
  await database.close()
  const [file, files] = [join(folder, 'database.tar'), join(folder, 'database')]
  await writeFile(file, Buffer.from(await dump.arrayBuffer()))
  await mkdir(files)
  await promisify(execFile)('tar', ['-xf', file, '-C', files])
  const hook = `--import=${new URL('in-processes.mjs', import.meta.url)}`
  Object.assign(process.env, { EMPTY_DATABASE: folder, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${hook}` })
  return () => rm(folder, { recursive: true, force: true })
}
