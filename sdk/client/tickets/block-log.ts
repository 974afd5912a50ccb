import { pause } from '../../async.ts'
import type { MessageBlock } from '../../codec/index.ts'
import { fromBytes, fromHex, type RandomBytes, toHex } from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import { type BlockLog, blockSizeOf, messageIdsOf } from '../../notes/index.ts'

/** The limit of a note by its id. */
export type LimitOf = (noteId: string) => number

const attempts = 8
const longestPauseMs = 250

/**
 * Records in the account's log which message ids of a note this run takes. A block is taken once its entry is alone at its
 * place of the log and no entry before it has the block. Where clients write at the same moment, several entries share a
 * place; then the claim is made again further on, unless somebody else has made it too.
 */
export function createBlockLog(log: AccountLog, limitOf: LimitOf, random: RandomBytes): BlockLog {
  const handed = new Map<string, readonly number[]>()

  function blocksOf(entries: readonly MessageBlock[], noteId: string): number[] {
    const size = blockSizeOf(limitOf(noteId))
    const blocks = entries.filter(({ commitment }) => toHex(commitment) === noteId)
    return blocks.flatMap(({ first, count }) => blocksBetween(first, first + count, size))
  }

  /** Undefined where it must be claimed again: another client was writing, but not about this block. */
  async function claim(noteId: string, block: number): Promise<boolean | undefined> {
    const ids = messageIdsOf(limitOf(noteId), block)
    const value = { commitment: fromHex(noteId), first: ids[0] ?? 0, count: ids.length }
    const isAlone = await log.append({ case: 'block', value })
    if (blocksOf(log.foreign('block'), noteId).includes(block)) return false
    return isAlone || undefined
  }

  return {
    /** Own claims that came to nothing, such as one whose answer was lost, can be made again. */
    taken: async (noteId) => [...blocksOf(log.foreign('block'), noteId), ...(handed.get(noteId) ?? [])],
    async take(noteId, block) {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const isTaken = await claim(noteId, block)
        if (isTaken) handed.set(noteId, [...(handed.get(noteId) ?? []), block])
        if (isTaken !== undefined) return isTaken
        await pause((Number(fromBytes(random(2))) / 65_536) * longestPauseMs)
      }
      return false
    },
  }
}

/** Every block that holds one of the ids from `first` to below `end`. */
function blocksBetween(first: number, end: number, size: number): number[] {
  const start = Math.floor(first / size)
  return Array.from({ length: Math.max(0, Math.ceil(end / size) - start) }, (_, i) => start + i)
}
