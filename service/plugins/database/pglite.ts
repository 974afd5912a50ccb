import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'
import type { Database, Statement } from './database.ts'
import { lockDirectory } from './lock.ts'
import { DatabaseUnavailableError, isEnd, overPg, type Reach, reachBy } from './postgres.ts'
import { createTurns } from './turns.ts'

/** The embedded database of a service, in a directory of its own or, without one, in memory. */
export async function openPglite(service: string, directory?: string): Promise<Database> {
  const unlock = directory ? await lockDirectory(directory, service) : async () => {}
  const database = await PGlite.create(directory ? join(directory, 'database') : 'memory://')
  const client = new pg.Client(createPgConfig(database) as unknown as pg.ClientConfig)
  await client.connect()
  const turns = createTurns() // there is one connection: a read must not fall into an open transaction
  let gone: DatabaseUnavailableError | undefined
  const take = async () => {
    if (gone) throw gone
    return client
  }
  // What has failed once, for want of room on the disk, answers nothing more until another process opens it.
  const fail = (cause: unknown) => (gone ??= failed(cause))
  client.on('error', fail)
  const reach: Reach = (task) => reachBy(task, (cause) => (gone || isEnd(cause) ? fail(cause) : cause))
  return overPg(take, {
    exclusive: (task) => turns(task, writePatienceMs),
    reach,
    read: ({ values = [], ...statement }) =>
      turns(
        () => reach(async () => (await (await take()).query({ ...statement, values: [...values] })).rows),
        keysOf(values) * patienceMs,
      ),
    async close() {
      await turns(async () => {
        if (gone) return
        gone = new DatabaseUnavailableError('The database is closed.') // the client would fail where nobody hears it
        await database.close()
      }, Infinity)
      await unlock()
    },
  })
}

const failed = (cause: unknown): DatabaseUnavailableError =>
  new DatabaseUnavailableError('The embedded database has failed.', {
    cause,
    hint: 'See whether its disk has room, and start again.',
  })
/** What is written is waited for by many, and comes one after the other: it passes reads that came a little earlier. */
const writePatienceMs = -20
/** Some ten times what looking up one key takes. */
const patienceMs = 0.1

/** How many keys a statement looks up. */
const keysOf = (values: NonNullable<Statement['values']>): number =>
  values.reduce<number>((most, value) => Math.max(most, Array.isArray(value) ? value.length : 0), 0)
