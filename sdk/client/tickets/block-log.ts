import { pause } from '../../async.ts'
import type { LogEntryInit, MessageBlock } from '../../codec/index.ts'
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
 * block is lost to nobody, and whoever comes first after a random while has it. Each claim has a name: a client that was killed
 * before it knew that a page had left writes its entries again, and what is given back twice must not undo another's claim.
 */
export function createBlockLog(log: AccountLog, limitOf: LimitOf, random: RandomBytes): BlockLog {
  const handed = new Map<string, readonly number[]>()
  /** Names of the claims of this run that the log has, or will have, and that were not given back. */
  const claims = new Map<string, Uint8Array[]>()

  /** What the other runs have claimed and not given back. */
  const othersOf = (noteId: string): number[] =>
    heldBlocks(
      log.foreign('block').filter(({ commitment }) => toHex(commitment) === noteId),
      blockSizeOf(limitOf(noteId)),
    )

  function entryOf(noteId: string, block: number, claim: Uint8Array) {
    const ids = messageIdsOf(limitOf(noteId), block)
    return { commitment: fromHex(noteId), first: ids[0] ?? 0, count: ids.length, claim }
  }

  /** What ends the claims of this run to a block, each once. */
  function* endsOf(noteId: string, block: number): Generator<LogEntryInit> {
    const names = claims.get(`${noteId} ${block}`) ?? []
    for (let name = names.pop(); name; name = names.pop()) {
      yield { case: 'block', value: { ...entryOf(noteId, block, name), count: 0 } }
    }
  }

  async function giveUp(noteId: string, block: number): Promise<void> {
    for (const end of endsOf(noteId, block)) await log.append(end)
  }

  /** Undefined where it must be claimed again: another client was writing, perhaps about this block. */
  async function claim(noteId: string, block: number): Promise<true | undefined> {
    const [key, name] = [`${noteId} ${block}`, random(8)]
    claims.set(key, [...(claims.get(key) ?? []), name]) // also one whose answer is lost
    const isAlone = await log.append({ case: 'block', value: entryOf(noteId, block, name) })
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
      if (isTaken) handed.set(noteId, [...(handed.get(noteId) ?? []), block])
      return isTaken
    },
    async giveBack(noteId, block) {
      for (const end of endsOf(noteId, block)) await log.keep(end)
    },
  }
}

/** The blocks of claims that were not given back. One without a name never is. */
function heldBlocks(entries: readonly MessageBlock[], size: number): number[] {
  const ended = new Set(entries.filter(({ count, claim }) => count === 0 && claim.length > 0).map(nameOf))
  const open = entries.filter((entry) => entry.count > 0 && !ended.has(nameOf(entry)))
  return open.flatMap(({ first, count }) => blocksBetween(first, first + count, size))
}

const nameOf = ({ first, claim }: MessageBlock): string => `${first} ${toHex(claim)}`

/** Every block that holds one of the ids from `first` to below `end`. */
function blocksBetween(first: number, end: number, size: number): number[] {
  const start = Math.floor(first / size)
  return Array.from({ length: Math.max(0, Math.ceil(end / size) - start) }, (_, i) => start + i)
}
