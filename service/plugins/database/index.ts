export type { Database, Row, Statement } from './database.ts'
export { logDatabase, type MeasuredDatabase, measureDatabase } from './measure.ts'
export { openPglite } from './pglite.ts'
export { openPostgres } from './postgres.ts'
