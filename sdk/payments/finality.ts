import { BlockNotFoundError, type Hash, TransactionReceiptNotFoundError } from 'viem'
import { decoding } from './transact.ts'
import type { PaymentChain } from './wallet.ts'

/**
 * How sure a transaction is: `final` where the chain says that it stays; `mined` where it is in a block that may still be
 * replaced; `unmined` where no block has it, any more or yet.
 */
export type Finality = 'final' | 'mined' | 'unmined'

export type FinalityOptions = {
  readonly public: PaymentChain
  readonly hash: Hash
  /** Blocks that must follow where the chain does not say which block is final; 12 unless given. */
  readonly confirmations?: number | undefined
}

/**
 * Asks the chain whether a transaction stays. Until it answers `final`, the numbers of a purchase, a payment or a stake
 * (leaf, operation, block) may change: read them again then.
 *
 * @example
 * ```ts
 * import { finalityOf } from '@pennypost/sdk/payments'
 *
 * const finality = await finalityOf({ public: publicClient, hash }) // 'unmined', 'mined' or 'final'
 * ```
 */
export function finalityOf({ public: chain, hash, confirmations = 12 }: FinalityOptions): Promise<Finality> {
  return decoding(async () => {
    const block = await blockOf(chain, hash)
    if (block === undefined) return 'unmined'
    const last = (await finalBlock(chain)) ?? (await chain.getBlock()).number - BigInt(confirmations)
    return block <= last ? 'final' : 'mined'
  })
}

async function blockOf(chain: PaymentChain, hash: Hash): Promise<bigint | undefined> {
  try {
    return (await chain.getTransactionReceipt({ hash })).blockNumber
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined
    throw error
  }
}

/** The newest final block; undefined if the chain knows no such thing. */
async function finalBlock(chain: PaymentChain): Promise<bigint | undefined> {
  try {
    return (await chain.getBlock({ blockTag: 'finalized' })).number ?? undefined
  } catch (error) {
    if (error instanceof BlockNotFoundError || isUnknownTag(error)) return undefined
    throw error
  }
}

const isUnknownTag = (error: unknown): boolean =>
  error instanceof Error && /finalized|block tag|invalid (params|argument)/i.test(`${error.message}`)
