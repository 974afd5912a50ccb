import {
  BlockNotFoundError,
  BaseError as ChainError,
  type Hash,
  RpcRequestError,
  TransactionReceiptNotFoundError,
} from 'viem'
import { decoding } from './decode-error.ts'
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
    return block === undefined ? 'unmined' : finalityOfBlock(chain, block, confirmations)
  })
}

/** Whether a block stays. */
export async function finalityOfBlock(chain: PaymentChain, block: bigint, confirmations = 12): Promise<Finality> {
  const last = (await finalBlock(chain)) ?? (await chain.getBlock()).number - BigInt(confirmations)
  return block <= last ? 'final' : 'mined'
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
    if (error instanceof BlockNotFoundError || isRefusal(error)) return undefined
    throw error
  }
}

/** What a node says that is busy, or at fault: it has not answered the question. */
const busy = new Set([-32603, -32002, -32005])

/** Whether the chain's node has answered, and it does not take the question: it knows no such block. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof ChainError && error.walk((each) => each instanceof RpcRequestError)
  return cause instanceof RpcRequestError && !busy.has(cause.code)
}
