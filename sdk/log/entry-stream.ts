import { decodeLogEntry, encodeLogEntry, type LogEntry, type LogEntryInit } from '../codec/index.ts'
import { concatBytes, fromBytes, toBytes4 } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

const lengthLength = 4
/** The longest entry: the largest letter and what goes with it. */
const maxEntryLength = 131_072

/** An entry as it stands in the pages: its length, then itself. */
export function frameEntry(entry: LogEntryInit): Uint8Array {
  const bytes = encodeLogEntry(entry)
  if (bytes.length > maxEntryLength) throw new LogEntryTooLongError('The entry is too long for the log.')
  return concatBytes(toBytes4(bytes.length), bytes)
}

/** Takes entries out of a writer's bytes, as they come page by page. */
export function createEntryReader(): (chunk: Uint8Array) => LogEntry['kind'][] {
  let rest: Uint8Array = new Uint8Array()
  return (chunk) => {
    rest = concatBytes(rest, chunk)
    const entries: LogEntry['kind'][] = []
    for (;;) {
      const end = rest.length < lengthLength ? Infinity : lengthLength + Number(fromBytes(rest.subarray(0, 4)))
      if (end > rest.length) return entries
      entries.push(decodeLogEntry(rest.subarray(lengthLength, end)).kind)
      rest = rest.slice(end)
    }
  }
}

/** An entry beyond the largest size. */
export class LogEntryTooLongError extends BaseError {
  override readonly code = 'log.entry-too-long'
}
