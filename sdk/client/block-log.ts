import { fromHex, toHex } from '../crypto/index.ts'
import type { AccountLog } from '../letters/index.ts'
import { type BlockLog, blockSizeOf, messageIdsOf } from '../notes/index.ts'

/** The limit of a note by its id. */
export type LimitOf = (noteId: string) => number

/**
 * Records in the account's log which message ids of a note this run takes. Where another client wrote at the same moment,
 * the block is given up: better some ids lost than one used twice.
 */
export function createBlockLog(log: AccountLog, limitOf: LimitOf): BlockLog {
  return {
    async taken(noteId) {
      const size = blockSizeOf(limitOf(noteId))
      const blocks = log.all('block').filter(({ commitment }) => toHex(commitment) === noteId)
      return blocks.flatMap(({ first, count }) => blocksBetween(first, first + count, size))
    },
    take(noteId, block) {
      const ids = messageIdsOf(limitOf(noteId), block)
      const value = { commitment: fromHex(noteId), first: ids[0] ?? 0, count: ids.length }
      return log.append({ case: 'block', value })
    },
  }
}

/** Every block that holds one of the ids from `first` to below `end`. */
function blocksBetween(first: number, end: number, size: number): number[] {
  const start = Math.floor(first / size)
  return Array.from({ length: Math.max(0, Math.ceil(end / size) - start) }, (_, i) => start + i)
}
