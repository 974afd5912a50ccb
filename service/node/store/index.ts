export type * from './node-store.ts'
export { createSqlStore } from './sql-store.ts'
export { longestRetention, mailKinds, type Retention, unattendedDays } from './sweep.ts'
