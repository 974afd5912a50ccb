import { BlockNotFoundError, type PublicClient } from 'viem'
import type { BlockRef } from '../store/index.ts'
import type { Confirmations } from './chain-reader.ts'
import { ChainUnavailableError } from './faults.ts'

/** A block, and when it was made, unix seconds. */
export type TimedBlock = BlockRef & { readonly time: number }

/** The newest block that counts; undefined while there is none. */
export async function readHead(client: PublicClient, confirmations: Confirmations): Promise<TimedBlock | undefined> {
  if (confirmations === 'finalized') return await readFinalized(client)
  if (confirmations === 0) return await readBlock(client, { blockTag: 'latest' })
  const number = (await client.getBlockNumber()) - BigInt(confirmations)
  return number < 0n ? undefined : await readBlock(client, { blockNumber: number })
}

/** A block; undefined where the chain has none there. */
export async function readBlock(
  client: PublicClient,
  which: { blockNumber: bigint } | { blockTag: 'latest' | 'finalized' },
): Promise<TimedBlock | undefined> {
  try {
    const { number, hash, timestamp } = await client.getBlock(which)
    return number === null || hash === null ? undefined : { number, hash, time: Number(timestamp) }
  } catch (error) {
    if (error instanceof BlockNotFoundError) return undefined
    throw error
  }
}

/** An endpoint that names no finalised block would be followed for ever without a checkpoint. */
async function readFinalized(client: PublicClient): Promise<TimedBlock> {
  const block = await readBlock(client, { blockTag: 'finalized' })
  if (block) return block
  throw new ChainUnavailableError('its endpoint names no finalised block.', {
    hint: 'Wait, set PENNYPOST_CONFIRMATIONS to a number of blocks, or use another endpoint.',
  })
}
