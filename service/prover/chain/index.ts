export type * from './chain-reader.ts'
export { ChainUnavailableError, createViemReader } from './viem-reader.ts'
