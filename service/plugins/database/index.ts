export type { Database, Row, Statement } from './database.ts'
export { DatabaseBusyError } from './lock.ts'
export { openPglite } from './pglite.ts'
export { DatabaseUnavailableError, openPostgres } from './postgres.ts'
