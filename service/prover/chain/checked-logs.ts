import { fromHex, keccak256 } from '@pennypost/sdk/crypto'
import type { AbiEvent } from 'viem'
import { type Address, type PublicClient, toEventSelector } from 'viem'
import { ChainUnavailableError } from './faults.ts'

type Asked = { readonly addresses: readonly Address[]; readonly events: readonly AbiEvent[] }

/** How far behind the others a replica may be; what is deeper was there before. */
const newest = 64n

/**
 * Refuses logs that a replica has not got yet: each of the newest blocks of a range says in its header what may have been logged in
 * it, and where that is not among the logs, the block's own are asked for, by its hash, which nobody answers who has not the block.
 */
export async function requireWhole(
  client: PublicClient,
  { addresses, events }: Asked,
  { from, to, found }: { from: bigint; to: bigint; found: ReadonlySet<bigint> },
): Promise<void> {
  if (addresses.length === 0) return
  const head = await client.getBlockNumber()
  const oldest = head - newest > from ? head - newest : from
  for (let blockNumber = oldest; blockNumber <= to; blockNumber++) {
    if (found.has(blockNumber)) continue
    const { hash: blockHash, logsBloom } = await client.getBlock({ blockNumber })
    if (!mayHold(logsBloom, { addresses, events })) continue
    const own = await client.getLogs({ address: [...addresses], events: [...events], blockHash })
    if (own.length > 0)
      throw new ChainUnavailableError(`The endpoint left out what was logged in block ${blockNumber}.`)
  }
}

/** Whether a header's filter speaks of one of the contracts and one of the events. */
function mayHold(bloom: string, { addresses, events }: Asked): boolean {
  const bits = fromHex(bloom)
  return (
    addresses.some((address) => isIn(bits, fromHex(address))) &&
    events.some((event) => isIn(bits, fromHex(toEventSelector(event))))
  )
}

/** Ethereum's logs bloom: three bits of 2,048 for each word. */
function isIn(bits: Uint8Array, word: Uint8Array): boolean {
  const hash = keccak256(word)
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2_047
    return ((bits[255 - (bit >> 3)] ?? 0) >> (bit & 7)) & 1
  })
}
