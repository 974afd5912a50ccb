import { BaseError } from '@pennypost/sdk/verifier'
import pg from 'pg'
import type { Database, Row, Statement } from './database.ts'
import { DatabaseBusyError } from './lock.ts'

/** A PostgreSQL server: one connection that writes and holds the service's lock, a few that read. */
export async function openPostgres(service: string, url: string): Promise<Database> {
  const application_name = `pennypost-${service}`
  const writer = new pg.Client({ connectionString: url, application_name })
  const readers = new pg.Pool({ connectionString: url, max: 4, application_name })
  readers.on('error', () => {}) // an idle connection broke; the next query opens another one
  await connect(writer)
  const [lock] = (await writer.query('select pg_try_advisory_lock(hashtext($1)) as held', [application_name])).rows
  if (!lock?.held) {
    await writer.end()
    throw new DatabaseBusyError(`Another ${service} writes to this database.`, { hint: 'Give each one its own.' })
  }
  return overPg(writer, {
    exclusive: createExclusive(),
    read: (statement) => readers.query(mutable(statement)).then(({ rows }) => rows),
    async close() {
      await readers.end()
      await writer.end()
    },
  })
}

/** The statements of a {@link Database} over one connection of node-postgres and a way to read. */
export function overPg(
  writer: pg.Client,
  { exclusive, read, close }: Pick<Database, 'read' | 'close'> & { exclusive: Exclusive },
): Database {
  const run = (statement: Statement) => writer.query(mutable(statement)).then(({ rows }) => rows as Row[])

  async function transact(statements: readonly Statement[]): Promise<Row[][]> {
    const [only, second] = statements
    if (only && !second) return [await run(only)] // a statement is a transaction of its own
    await writer.query('begin')
    try {
      const rows: Row[][] = []
      for (const statement of statements) rows.push(await run(statement))
      await writer.query('commit')
      return rows
    } catch (error) {
      await writer.query('rollback')
      throw error
    }
  }

  return {
    read,
    write: (statements) => exclusive(() => transact(statements)),
    script: (text) => writer.query(text).then(() => undefined),
    close,
  }
}

/** Runs one task at a time, in the order of the calls. */
export type Exclusive = <T>(task: () => Promise<T>) => Promise<T>

export function createExclusive(): Exclusive {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const next = last.then(task, task)
    last = next.catch(() => {})
    return next
  }
}

const mutable = ({ values = [], ...statement }: Statement) => ({ ...statement, values: [...values] })

async function connect(client: pg.Client): Promise<void> {
  client.on('error', () => {}) // reported by the query that meets it
  try {
    await client.connect()
  } catch (cause) {
    throw new DatabaseUnavailableError('PostgreSQL cannot be reached.', {
      cause,
      hint: 'Check PENNYPOST_DATABASE_URL.',
    })
  }
}

/** No database, no service. */
export class DatabaseUnavailableError extends BaseError {
  readonly code = 'database.unavailable'
}
