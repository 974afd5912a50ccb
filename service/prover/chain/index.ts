export type * from './chain-reader.ts'
export { createViemReader } from './viem-reader.ts'
