export type { Database, Row, Statement } from './database.ts'
export { openPglite } from './pglite.ts'
export { openPostgres } from './postgres.ts'
