import type { Abi, Address, Hash } from 'viem'
import { pagesOf } from './event-range.ts'
import { finalityOfBlock } from './finality.ts'
import type { Mined } from './wait-for.ts'
import type { EventRange, PaymentChain } from './wallet.ts'

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
}

type On = EventRange & { readonly public: PaymentChain }

/** How far back to look for what an earlier call has done; most providers answer for so many blocks at once. */
const blocksBack = 5_000n

/** The first block of the look back. */
export async function recentBlock(chain: PaymentChain): Promise<bigint> {
  const { number } = await chain.getBlock()
  return number > blocksBack ? number - blocksBack : 0n
}

/** Events that the chain has, newest first; nothing is asked for beyond what is taken. */
async function* eventsOf({ public: chain, fromBlock, blocksAtOnce }: On, query: Query): AsyncGenerator<FoundEvent> {
  for await (const range of pagesOf({ public: chain, fromBlock, blocksAtOnce })) {
    const events = await chain.getContractEvents({ ...query, ...range, strict: true } as never)
    yield* (events as unknown as FoundEvent[]).toReversed()
  }
}

/** All such events, newest first. */
export async function findEvents(on: On, query: Query): Promise<FoundEvent[]> {
  const found: FoundEvent[] = []
  for await (const event of eventsOf(on, query)) found.push(event)
  return found
}

/** The newest such event that meets a test. */
export async function findEvent(
  on: On,
  query: Query,
  isWanted: (event: FoundEvent) => boolean = () => true,
): Promise<FoundEvent | undefined> {
  for await (const event of eventsOf(on, query)) if (isWanted(event)) return event
  return undefined
}

/** The transaction that an event is of. */
export async function minedOf(chain: PaymentChain, { transactionHash: hash }: FoundEvent): Promise<Mined> {
  const { logs, blockNumber: block, gasUsed, effectiveGasPrice } = await chain.getTransactionReceipt({ hash })
  const finality = await finalityOfBlock(chain, block).catch(() => 'mined' as const)
  return { hash, block, finality, fee: gasUsed * effectiveGasPrice, logs }
}
