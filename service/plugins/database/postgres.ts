import { setTimeout } from 'node:timers/promises'
import { BaseError } from '@pennypost/sdk/verifier'
import pg from 'pg'
import type { Database, Row, Statement } from './database.ts'
import { DatabaseBusyError, lockPatience } from './lock.ts'

/** Whether the lock is this client's: the server may not know yet that the last one was killed. */
async function takeLock(client: pg.Client, name: string): Promise<boolean> {
  for (let waited = 0; ; waited += lockPatience.everyMs) {
    const [lock] = (await client.query('select pg_try_advisory_lock(hashtext($1)) as held', [name])).rows
    if (lock?.held || waited >= lockPatience.forMs) return lock?.held === true
    await setTimeout(lockPatience.everyMs)
  }
}

/**
 * A PostgreSQL server: one connection that writes and holds the service's lock, a few that read. A connection that breaks
 * is opened again by whoever needs it next; until that works, everything is refused with {@link DatabaseUnavailableError}.
 */
export async function openPostgres(service: string, url: string): Promise<Database> {
  const settings = { connectionString: url, application_name: `pennypost-${service}` }
  const readers = new pg.Pool({ ...settings, max: 4 })
  readers.on('error', () => {}) // an idle connection broke; the next query opens another one
  let writer: Promise<pg.Client> | undefined

  async function connect(): Promise<pg.Client> {
    const client = new pg.Client(settings)
    client.on('error', () => {}) // reported by the query that meets it
    await client.connect()
    if (await takeLock(client, settings.application_name)) return client
    await client.end()
    throw new DatabaseBusyError(`Another ${service} is using this database.`, { hint: 'Give each its own.' })
  }

  /** The connection that writes; one that has ended, or could not be opened, is replaced by the next call. */
  function take(): Promise<pg.Client> {
    if (writer) return writer
    const opening = connect()
    const drop = (): void => {
      if (writer === opening) writer = undefined
    }
    writer = opening
    opening.then((client) => client.once('end', drop), drop)
    return opening
  }

  const reach: Reach = (task) => reachBy(task, unreachable)
  await reach(take)
  return overPg(() => take(), {
    exclusive: createExclusive(),
    reach,
    read: (statement) => reach(() => readers.query(mutable(statement)).then(({ rows }) => rows)),
    async close() {
      await readers.end()
      await writer?.then((client) => client.end())
    },
  })
}

const unreachable = (cause: unknown): DatabaseUnavailableError =>
  new DatabaseUnavailableError('PostgreSQL cannot be reached.', { cause, hint: 'Check PENNYPOST_DATABASE_URL.' })

/** Runs a task of the database, and says of what it fails with whether the database is lost. */
export type Reach = <T>(task: () => Promise<T>) => Promise<T>

/** The statements of a {@link Database} over connections of node-postgres. */
export function overPg(
  take: () => Promise<pg.Client>,
  { exclusive, reach, read, close }: Pick<Database, 'read' | 'close'> & { exclusive: Exclusive; reach: Reach },
): Database {
  return {
    read,
    write: (statements) => exclusive(() => reach(async () => transact(await take(), statements))),
    script: (text) => reach(async () => void (await (await take()).query(text))),
    close,
  }
}

async function transact(client: pg.Client, statements: readonly Statement[]): Promise<Row[][]> {
  const run = (statement: Statement) => client.query(mutable(statement)).then(({ rows }) => rows as Row[])
  const [only, second] = statements
  if (only && !second) return [await run(only)] // a statement is a transaction of its own
  await client.query('begin')
  try {
    const rows: Row[][] = []
    for (const statement of statements) rows.push(await run(statement))
    await client.query('commit')
    return rows
  } catch (error) {
    if (!isEnd(error)) await client.query('rollback').catch(() => {}) // the connection may be what failed
    throw error
  }
}

/** What a database says of itself, by node-postgres or by PGlite, whose errors are of another class. */
const severityOf = (error: unknown): unknown =>
  error instanceof Error && 'severity' in error ? error.severity : undefined

/** Whether a database has said that it ends, or the connection to it: it answers nothing more, not even a rollback. */
export const isEnd = (error: unknown): boolean => ['FATAL', 'PANIC'].includes(String(severityOf(error)))

/** Tells what else goes wrong from a statement that the database refuses, and lets it be named. */
export async function reachBy<T>(task: () => Promise<T>, name: (cause: unknown) => unknown): Promise<T> {
  try {
    return await task()
  } catch (cause) {
    const isRefusal = severityOf(cause) !== undefined && !isEnd(cause)
    throw isRefusal || cause instanceof BaseError ? cause : name(cause)
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

/** No database, no service. */
export class DatabaseUnavailableError extends BaseError {
  readonly code = 'database.unavailable'
}
