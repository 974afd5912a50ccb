export type * from './node-store.ts'
export { createSqlStore } from './sql-store.ts'
