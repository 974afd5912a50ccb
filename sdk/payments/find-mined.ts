import type { Abi, Address, Hash } from 'viem'
import { finalityOfBlock } from './finality.ts'
import type { Mined } from './wait-for.ts'
import type { PaymentChain } from './wallet.ts'

/** An event as the chain's log has it. */
export type FoundEvent = {
  readonly args: Record<string, unknown>
  readonly transactionHash: Hash
  readonly blockNumber: bigint
}

type Query = {
  readonly address?: Address | undefined
  readonly abi: Abi
  readonly eventName: string
  readonly args: Record<string, unknown>
  readonly fromBlock: bigint
}

/** How far back to look for what an earlier call has done; most providers answer for so many blocks at once. */
const blocksBack = 5_000n

/** The first block of the look back. */
export async function recentBlock(chain: PaymentChain): Promise<bigint> {
  const { number } = await chain.getBlock()
  return number > blocksBack ? number - blocksBack : 0n
}

/** Events that the chain has, newest first. */
export async function findEvents(chain: PaymentChain, query: Query): Promise<FoundEvent[]> {
  const events = await chain.getContractEvents({ ...query, strict: true } as never)
  return (events as unknown as FoundEvent[]).toReversed()
}

/** The transaction that an event is of. */
export async function minedOf(chain: PaymentChain, { transactionHash: hash }: FoundEvent): Promise<Mined> {
  const { logs, blockNumber: block } = await chain.getTransactionReceipt({ hash })
  const finality = await finalityOfBlock(chain, block).catch(() => 'mined' as const)
  return { hash, block, finality, logs }
}
