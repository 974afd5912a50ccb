export type { Database, Row, Statement } from './database.ts'
export { measureDatabase } from './measure.ts'
export { openPglite } from './pglite.ts'
export { openPostgres } from './postgres.ts'
