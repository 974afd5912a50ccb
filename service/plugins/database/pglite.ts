import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'
import type { Database, Statement } from './database.ts'
import { lockDirectory } from './lock.ts'
import { DatabaseUnavailableError, overPg } from './postgres.ts'
import { createTurns } from './turns.ts'

/** The embedded database of a service, in a directory of its own or, without one, in memory. */
export async function openPglite(service: string, directory?: string): Promise<Database> {
  const unlock = directory ? await lockDirectory(directory, service) : async () => {}
  const database = await PGlite.create(directory ? join(directory, 'database') : 'memory://')
  const client = new pg.Client(createPgConfig(database) as unknown as pg.ClientConfig)
  await client.connect()
  const turns = createTurns() // there is one connection: a read must not fall into an open transaction
  let isClosed = false
  const take = async () => {
    if (isClosed) throw new DatabaseUnavailableError('The database is closed.')
    return client
  }
  return overPg(take, {
    exclusive: (task) => turns(task, writePatienceMs),
    read: ({ values = [], ...statement }) =>
      turns(
        async () => (await (await take()).query({ ...statement, values: [...values] })).rows,
        keysOf(values) * patienceMs,
      ),
    async close() {
      await turns(async () => {
        isClosed = true // what comes later is refused here: the client would fail where nobody hears it
        await database.close()
      }, Infinity)
      await unlock()
    },
  })
}

/** What is written is waited for by many, and comes one after the other: it passes reads that came a little earlier. */
const writePatienceMs = -20
/** Some ten times what looking up one key takes. */
const patienceMs = 0.1

/** How many keys a statement looks up. */
const keysOf = (values: NonNullable<Statement['values']>): number =>
  values.reduce<number>((most, value) => Math.max(most, Array.isArray(value) ? value.length : 0), 0)
