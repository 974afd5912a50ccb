import { type Address, type Hash, parseEventLogs } from 'viem'
import { noteTreeAbi, postageAbi } from '../generated/abis.ts'
import { PaymentError } from './decode-error.ts'
import type { ChainProgress } from './progress.ts'
import { requireWithin } from './require-within.ts'
import { spend } from './spend.ts'
import { callOf, decoding, isSame, type Mined } from './transact.ts'
import type { ActOptions } from './wallet.ts'

/** What happens while stamps are bought. */
export type PurchaseProgress = ChainProgress

export type BuyStampsOptions = ActOptions & {
  /** The contract that sells. */
  readonly postage: Address
  /** The token that it takes. */
  readonly token: Address
  /** Number of the class. */
  readonly class: number
  /** 1…256: how many stamps the note holds. */
  readonly count: number
  /** Of the note's secrets, which the caller has kept before: whoever loses them has paid for nothing. */
  readonly commitment: bigint
  /** The most that all of them may cost, in the token's smallest unit. */
  readonly maxPrice?: bigint | undefined
}

/** A note of stamps that is on the chain. */
export type Purchase = {
  readonly leafIndex: number
  /** Number of the operation in the note log; a checkpoint over more than so many has the note. */
  readonly operation: bigint
  readonly classId: bigint
  readonly limit: bigint
  /** Unix seconds. */
  readonly expiry: bigint
  readonly cost: bigint
  readonly hash: Hash
  readonly block: bigint
}

/**
 * Buys one note of stamps: reads the price, lets the wallet sign a permit (or approve, where the token has no permits),
 * tries the purchase without sending it, sends it, and waits for its receipt. Throws {@link PaymentError}.
 */
export function buyStamps(options: BuyStampsOptions): Promise<Purchase> {
  return decoding(async () => {
    const cost = await quote(options)
    return readPurchase(await send(options, cost), options)
  })
}

async function quote({ public: chain, postage, class: number, count, maxPrice, signal, onProgress }: BuyStampsOptions) {
  signal?.throwIfAborted()
  const args = [BigInt(number), BigInt(count)] as const
  const cost = await chain.readContract({ address: postage, abi: postageAbi, functionName: 'costOf', args })
  requireWithin(cost, maxPrice, `${count} stamps`)
  onProgress?.({ kind: 'quoted', cost })
  return cost
}

function send(options: BuyStampsOptions, amount: bigint): Promise<Mined> {
  const { postage: address, token } = options
  const sale = { address, abi: postageAbi } as const
  const args = [BigInt(options.class), options.commitment, BigInt(options.count)] as const
  return spend(options, {
    token,
    amount,
    call: callOf({ ...sale, functionName: 'buy', args }),
    permitted: (permit) => callOf({ ...sale, functionName: 'buyWithPermit', args: [...args, permit] }),
  })
}

function readPurchase({ logs, hash, block }: Mined, options: BuyStampsOptions): Purchase {
  const bought = parseEventLogs({ abi: postageAbi, eventName: 'StampsBought', logs: [...logs] })
  const appended = parseEventLogs({ abi: noteTreeAbi, eventName: 'NoteAppended', logs: [...logs] })
  const sale = bought.find(({ address }) => isSame(address, options.postage))
  const note = appended.find(
    ({ args }) => args.leafIndex === sale?.args.leafIndex && args.commitment === options.commitment,
  )
  if (!sale || !note) throw new PaymentError('payment.failed', `Transaction ${hash} bought no such note.`)
  const { operation, classId, limit, expiry } = note.args
  const leafIndex = Number(note.args.leafIndex)
  return { leafIndex, operation, classId, limit, expiry, cost: sale.args.cost, hash, block }
}
