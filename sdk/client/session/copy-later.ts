import { BaseError } from '../../errors.ts'
import type { Session } from './session.ts'

/**
 * Writes the account's own copy of what has gone out. Nobody waits for it: the message is out, and a log that stalls is no
 * failure of it.
 */
export function copyLater(
  { copies, tell }: Pick<Session, 'copies' | 'tell'>,
  entry: Parameters<typeof copies.keep>[0],
): void {
  copies.keep(entry).catch((error: unknown) => {
    tell({ kind: 'degraded', code: error instanceof BaseError ? error.code : 'log.late' })
  })
}
