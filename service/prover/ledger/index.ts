export { leaksAt } from './leaks.ts'
export { Ledger } from './ledger.ts'
export { hashOf, termOf } from './office.ts'
