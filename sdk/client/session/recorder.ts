import type { LogEntryInit } from '../../codec/index.ts'
import { BaseError } from '../../errors.ts'
import { type AccountLog, LogEntryTooLongError } from '../../letters/index.ts'
import type { Tell } from './events.ts'

/** Writes into the account's log what was done already: where that fails, it is tried again with whatever comes next. */
export type Recorder = {
  /** Whether the log has the entry now. */
  record(entry: LogEntryInit): Promise<boolean>
  /** Tries again what could not be recorded. */
  catchUp(): Promise<void>
}

/** A recorder over an account's log; what waits is lost with the process. */
export function createRecorder({ log, tell }: { log: Pick<AccountLog, 'append'>; tell: Tell }): Recorder {
  const waiting: LogEntryInit[] = []
  const refused = new WeakSet<LogEntryInit>()
  let last: Promise<unknown> = Promise.resolve()

  async function writeAll(): Promise<void> {
    for (let next = waiting[0]; next; next = waiting[0]) {
      try {
        await log.append(next)
      } catch (error) {
        if (!(error instanceof LogEntryTooLongError)) throw error
        refused.add(next) // it never fits: what waits behind it does not wait for that
      }
      waiting.shift()
    }
  }

  /** One after the other, so that nothing is written twice. */
  function catchUp(): Promise<void> {
    const step = last.then(writeAll).catch((error: unknown) => {
      if (!(error instanceof BaseError)) throw error
      tell({ kind: 'degraded', code: error.code })
    })
    last = step.catch(() => undefined)
    return step
  }

  return {
    catchUp,
    async record(entry) {
      waiting.push(entry)
      await catchUp()
      return !waiting.includes(entry) && !refused.has(entry)
    },
  }
}
