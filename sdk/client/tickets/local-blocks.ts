import { toBytes8, toHex } from '../../crypto/index.ts'
import { BaseError } from '../../errors.ts'
import type { BlockLog } from '../../notes/index.ts'
import type { SafeStorage } from '../session/storage.ts'

/**
 * Remembers on this device, too, which blocks of a stake it took in an epoch. The account's log lies on a node, and a node
 * that hid entries would make the client use one ticket twice, which costs the stake.
 */
export function withLocalBlocks(log: BlockLog, storage: SafeStorage, epoch: bigint): BlockLog {
  const start = toHex(toBytes8(epoch))
  const keyOf = (id: string) => `pennypost/stake-blocks/${id}`

  /** Blocks below 256, one byte each, behind the epoch; those of another epoch are of no use any more. */
  async function read(id: string): Promise<number[]> {
    const saved = await storage.get(keyOf(id))
    return saved && toHex(saved.subarray(0, 8)) === start ? [...saved.subarray(8)] : []
  }

  return {
    taken: async (id) => [...(await log.taken(id)), ...(await read(id))],
    async take(id, block) {
      const before = await read(id)
      if (!storage.isReliable) throw unsafe() // what it did not say may have been taken
      if (before.includes(block)) return false
      const isKept = await storage.set(keyOf(id), Uint8Array.of(...toBytes8(epoch), ...before, block))
      if (!isKept || !(await read(id)).includes(block)) throw unsafe()
      return log.take(id, block)
    },
    /** Here first: what is free here and taken in the log is lost until the next epoch, and the other way round is not. */
    async giveBack(id, block) {
      const before = await read(id)
      const rest = before.filter((one) => one !== block)
      if (rest.length < before.length) await storage.set(keyOf(id), Uint8Array.of(...toBytes8(epoch), ...rest))
      await log.giveBack?.(id, block)
    },
  }
}

const unsafe = () => new StakeUnsafeError('This device could not write down which tickets of the stake it takes.')

/** A ticket of a stake could be used twice, which costs the stake. */
export class StakeUnsafeError extends BaseError {
  override readonly code = 'stake.unsafe'
}
