export { leaksAt } from './leaks.ts'
export { Ledger } from './ledger.ts'
export { inForceUntil } from './office.ts'
