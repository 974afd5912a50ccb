export type * from './block-ref.ts'
export type * from './ledger-store.ts'
export type * from './prover-store.ts'
export { createSqlStore } from './sql-store.ts'
