export { createSqlStore } from './sql-store.ts'
export type * from './trustee-store.ts'
