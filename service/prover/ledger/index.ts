export { leaksAt } from './leaks.ts'
export { Ledger } from './ledger.ts'
