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
 * place of the log and no entry of another run has the block. Where clients write at the same moment, several entries share a
 * place; then the claim is made again further on. Where they want the same block, each gives its claim back, so that the
 * block is lost to nobody, and whoever comes first after a random while has it.
 */
export function createBlockLog(log: AccountLog, limitOf: LimitOf, random: RandomBytes): BlockLog {
  const handed = new Map<string, readonly number[]>()
  /** Claims of this run that the log has, or will have, and that came to nothing so far. */
  const claims = new Map<string, number>()

  /** What the other runs have claimed and not given back. */
  const othersOf = (noteId: string): number[] =>
    heldBlocks(
      log.foreign('block').filter(({ commitment }) => toHex(commitment) === noteId),
      blockSizeOf(limitOf(noteId)),
    )

  function entryOf(noteId: string, block: number) {
    const ids = messageIdsOf(limitOf(noteId), block)
    return { commitment: fromHex(noteId), first: ids[0] ?? 0, count: ids.length }
  }

  async function giveUp(noteId: string, block: number): Promise<void> {
    const key = `${noteId} ${block}`
    for (let left = claims.get(key) ?? 0; left > 0; left--) {
      claims.set(key, left - 1)
      await log.append({ case: 'block', value: { ...entryOf(noteId, block), count: 0 } })
    }
  }

  /** Undefined where it must be claimed again: another client was writing, perhaps about this block. */
  async function claim(noteId: string, block: number): Promise<true | undefined> {
    const key = `${noteId} ${block}`
    claims.set(key, (claims.get(key) ?? 0) + 1) // also one whose answer is lost
    const isAlone = await log.append({ case: 'block', value: entryOf(noteId, block) })
    if (othersOf(noteId).includes(block)) await giveUp(noteId, block)
    else if (isAlone) return true
    return undefined
  }

  async function claimAgain(noteId: string, block: number): Promise<boolean> {
    for (let attempt = 1; attempt < attempts; attempt++) {
      await pause((Number(fromBytes(random(2))) / 65_536) * longestPauseMs)
      await log.sync()
      if (othersOf(noteId).includes(block)) break
      if (await claim(noteId, block)) return true
    }
    await giveUp(noteId, block)
    return false
  }

  return {
    /** Own claims that came to nothing, such as one whose answer was lost, can be made again. */
    taken: async (noteId) => [...othersOf(noteId), ...(handed.get(noteId) ?? [])],
    async take(noteId, block) {
      const isTaken = (await claim(noteId, block)) ?? (await claimAgain(noteId, block))
      if (!isTaken) return false
      claims.delete(`${noteId} ${block}`)
      handed.set(noteId, [...(handed.get(noteId) ?? []), block])
      return true
    },
    giveBack: (noteId, block) => log.keep({ case: 'block', value: { ...entryOf(noteId, block), count: 0 } }),
  }
}

/** The blocks that are claimed more often than they were given back. */
function heldBlocks(entries: readonly MessageBlock[], size: number): number[] {
  const held = new Map<number, number>()
  const add = (block: number, count: number) => held.set(block, (held.get(block) ?? 0) + count)
  for (const { first, count } of entries) {
    if (count === 0) add(Math.floor(first / size), -1)
    else for (const block of blocksBetween(first, first + count, size)) add(block, 1)
  }
  return [...held].flatMap(([block, count]) => (count > 0 ? [block] : []))
}

/** Every block that holds one of the ids from `first` to below `end`. */
function blocksBetween(first: number, end: number, size: number): number[] {
  const start = Math.floor(first / size)
  return Array.from({ length: Math.max(0, Math.ceil(end / size) - start) }, (_, i) => start + i)
}
