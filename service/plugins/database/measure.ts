import type { FastifyBaseLogger } from 'fastify'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Database } from './database.ts'
import { DatabaseUnavailableError } from './postgres.ts'

/** How long a size is shown before it is asked for again. */
const sizeMs = 60_000

/** A database whose transactions are timed and whose failures are counted, and which says how much it stores. */
export type MeasuredDatabase = Database & {
  /** Hears when the database is lost, and why, and when it answers again. */
  listen(listener: (fault: DatabaseUnavailableError | undefined) => void): void
}

export function measureDatabase(database: Database, registry: Registry): MeasuredDatabase {
  const registers = [registry]
  const commits = new Histogram({
    name: 'pennypost_commit_seconds',
    help: 'Time of a transaction that writes, from its turn until it is committed.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  })
  const failures = new Counter({
    name: 'pennypost_database_failures_total',
    help: 'Statements and transactions that the database did not carry out.',
    registers,
  })
  measureSize(database, registry)
  const listeners: Parameters<MeasuredDatabase['listen']>[0][] = []
  let isLost = false
  const note = (fault?: DatabaseUnavailableError) => {
    if (isLost === (fault !== undefined)) return
    isLost = fault !== undefined
    for (const listener of listeners) listener(fault)
  }
  const counted = async <T>(task: Promise<T>): Promise<T> => {
    try {
      const result = await task
      note()
      return result
    } catch (error) {
      failures.inc()
      if (error instanceof DatabaseUnavailableError) note(error)
      throw error
    }
  }
  return {
    read: (statement) => counted(database.read(statement)),
    async write(statements) {
      const end = commits.startTimer()
      const rows = await counted(database.write(statements))
      end()
      return rows
    },
    script: (text) => counted(database.script(text)),
    close: () => database.close(),
    listen: (listener) => void listeners.push(listener),
  }
}

function measureSize(database: Database, registry: Registry): void {
  let known: { readonly bytes: number; readonly at: number } | undefined
  new Gauge({
    name: 'pennypost_stored_bytes',
    help: 'What the database takes on disk; asked once a minute, -1 while it does not answer.',
    registers: [registry],
    async collect() {
      if (!known || performance.now() - known.at > sizeMs) {
        const bytes = await sizeOf(database)
        known = bytes < 0 ? undefined : { bytes, at: performance.now() }
      }
      this.set(known?.bytes ?? -1)
    },
  })
}

const sizeOf = (database: Database): Promise<number> =>
  database.read({ text: 'select pg_database_size(current_database()) as bytes' }).then(
    ([row]) => Number(row.bytes),
    () => -1,
  )

/** Says in a log when the database is lost, and when it is back. */
export function logDatabase(
  { listen }: Pick<MeasuredDatabase, 'listen'>,
  log: Pick<FastifyBaseLogger, 'error' | 'info'>,
): void {
  listen((fault) =>
    fault ? log.error({ err: fault }, 'The database is lost.') : log.info('The database answers again.'),
  )
}
