export {
  AccountLog,
  LogIncompleteError,
  type LogMemory,
  type LogOptions,
  type LogTransport,
  type LogVault,
  type StoredPage,
} from './account-log.ts'
export { LogEntryTooLongError } from './entry-stream.ts'
export { type LogPlace, logPlaceOf, openPage, pageSize, sealPage } from './page.ts'
