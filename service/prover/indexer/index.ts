export { Indexer, type Round } from './indexer.ts'
