import { pause } from '../../async.ts'
import { fromBytes, type RandomBytes } from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import type { BlockLog } from '../../notes/index.ts'
import { createClaims, type LimitOf } from './claims.ts'

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
  const claims = createClaims(log, limitOf, random)

  async function giveUp(noteId: string, block: number): Promise<void> {
    const end = claims.end(noteId, block)
    if (end) await log.append(end)
  }

  /** Undefined where it must be claimed again: another client was writing, perhaps about this block. */
  async function claim(noteId: string, block: number): Promise<true | undefined> {
    const isAlone = await log.append(claims.begin(noteId, block))
    if (claims.others(noteId).includes(block)) await giveUp(noteId, block)
    else if (isAlone) return true
    return undefined
  }

  async function claimAgain(noteId: string, block: number): Promise<boolean> {
    for (let attempt = 1; attempt < attempts; attempt++) {
      await pause((Number(fromBytes(random(2))) / 65_536) * longestPauseMs)
      await log.sync()
      if (claims.others(noteId).includes(block)) break
      if (await claim(noteId, block)) return true
    }
    await giveUp(noteId, block)
    return false
  }

  return {
    /** Own claims that came to nothing, such as one whose answer was lost, can be made again. */
    taken: async (noteId) => [...claims.others(noteId), ...(handed.get(noteId) ?? [])],
    async take(noteId, block) {
      const isTaken = (await claim(noteId, block)) ?? (await claimAgain(noteId, block))
      if (isTaken) handed.set(noteId, [...(handed.get(noteId) ?? []), block])
      return isTaken
    },
    async giveBack(noteId, block, name) {
      const end = claims.end(noteId, block, name)
      if (end) await log.keep(end)
    },
    names: claims.names,
  }
}
