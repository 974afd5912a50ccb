import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'
import type { Database } from './database.ts'
import { lockDirectory } from './lock.ts'
import { createExclusive, DatabaseUnavailableError, isEnd, overPg, type Reach, reachBy } from './postgres.ts'

/** The embedded database of a service, in a directory of its own or, without one, in memory. */
export async function openPglite(service: string, directory?: string): Promise<Database> {
  const unlock = directory ? await lockDirectory(directory, service) : async () => {}
  const database = await PGlite.create(directory ? join(directory, 'database') : 'memory://')
  const client = new pg.Client(createPgConfig(database) as unknown as pg.ClientConfig)
  await client.connect()
  const exclusive = createExclusive() // there is one connection: a read must not fall into an open transaction
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
    exclusive,
    reach,
    read: ({ values = [], ...statement }) =>
      exclusive(() => reach(async () => (await (await take()).query({ ...statement, values: [...values] })).rows)),
    async close() {
      await exclusive(async () => {
        if (gone) return
        gone = new DatabaseUnavailableError('The database is closed.') // the client would fail where nobody hears it
        await database.close()
      })
      await unlock()
    },
  })
}

const failed = (cause: unknown): DatabaseUnavailableError =>
  new DatabaseUnavailableError('The embedded database has failed.', {
    cause,
    hint: 'See whether its disk has room, and start again.',
  })
