export { Indexer, type Round } from './indexer.ts'
export { LogBrokenError } from './log-builder.ts'
