import { type Address, type Hash, parseEventLogs } from 'viem'
import { noteTreeAbi, postageAbi } from '../generated/abis.ts'
import { callOf, isSame } from './call.ts'
import { decodeError, decoding, PaymentError } from './decode-error.ts'
import type { Finality } from './finality.ts'
import { findEvent, findEvents, minedOf, recentBlock } from './find-mined.ts'
import type { ChainProgress } from './progress.ts'
import { requireWithin } from './require-within.ts'
import { keyOf, memoryOf } from './sent-memory.ts'
import { spend } from './spend.ts'
import type { Mined } from './wait-for.ts'
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
  /** The numbers may change until it is `final`; see {@link finalityOf}. */
  readonly finality: Finality
}

/**
 * Buys one note of stamps: reads the price, lets the wallet sign a permit (or approve, where the token has no permits),
 * tries the purchase without sending it, sends it, and waits for its receipt. A purchase of the same commitment that this
 * account has made in the last 5,000 blocks is answered instead of made again: an attempt whose answer was lost is repeated
 * unchanged. Throws {@link PaymentError}; `payment.pending` says that it may have been made.
 *
 * @example
 * ```ts
 * import { createNote, noteCommitment, personOf } from '@pennypost/sdk/notes'
 * import { buyStamps } from '@pennypost/sdk/payments'
 *
 * const note = createNote(personOf(identityPrivateKey)) // keep its secret before you pay
 * const { postage, token } = contracts
 * const chain = { wallet: walletClient, public: publicClient }
 * await buyStamps({ ...chain, postage, token, class: 1, count: 20, commitment: noteCommitment(note), maxPrice: 20n * 10n ** 18n })
 * ```
 */
export function buyStamps(options: BuyStampsOptions): Promise<Purchase> {
  return decoding(async () => {
    const before = await findPurchase(options)
    if (before) return readPurchase(before, options)
    const cost = await quote(options)
    return readPurchase(await send(options, cost), options)
  }, options.signal)
}

/** What an earlier call with the same commitment has bought, as far back as the chain's provider looks. */
async function findPurchase(options: BuyStampsOptions): Promise<Mined | undefined> {
  const { public: chain, wallet, blocksAtOnce } = options
  try {
    options.signal?.throwIfAborted()
    const on = { public: chain, blocksAtOnce, fromBlock: await recentBlock(chain) }
    const { postage: address, class: number, commitment } = options
    const args = { buyer: wallet.account.address, class: BigInt(number) }
    const sales = await findEvents(on, { address, abi: postageAbi, eventName: 'StampsBought', args })
    if (sales.length === 0) return undefined
    const leaves = { leafIndex: sales.map((sale) => sale.args.leafIndex) }
    const query = { abi: noteTreeAbi, eventName: 'NoteAppended', args: leaves }
    const note = await findEvent(on, query, ({ args }) => args.commitment === commitment)
    const sale = note && sales.find(({ transactionHash }) => transactionHash === note.transactionHash)
    return sale && (await minedOf(chain, sale))
  } catch (error) {
    options.signal?.throwIfAborted()
    if (isUnanswered(error)) return undefined
    throw error
  }
}

/** Some providers answer no questions about events. Whoever cannot be reached at all fails at the price. */
const isUnanswered = (error: unknown): boolean => decodeError(error) instanceof PaymentError

async function quote({ public: chain, postage, class: number, count, maxPrice, signal, onProgress }: BuyStampsOptions) {
  signal?.throwIfAborted()
  const args = [BigInt(number), BigInt(count)] as const
  const cost = await chain.readContract({ address: postage, abi: postageAbi, functionName: 'costOf', args })
  requireWithin(cost, maxPrice, `${count} stamps`)
  onProgress?.({ kind: 'quoted', cost })
  return cost
}

/** Whether the very same purchase has left for the chain, and nobody was told its end. */
export async function isPurchaseUnderWay(options: BuyStampsOptions): Promise<boolean> {
  const { postage: address } = options
  const intent = callOf({ address, abi: postageAbi, functionName: 'buy', args: argsOf(options) })
  return (await memoryOf(options).read(await keyOf(options, intent))) !== undefined
}

const argsOf = (options: BuyStampsOptions) =>
  [BigInt(options.class), options.commitment, BigInt(options.count)] as const

function send(options: BuyStampsOptions, amount: bigint): Promise<Mined> {
  const { postage: address, token } = options
  const sale = { address, abi: postageAbi } as const
  const args = argsOf(options)
  return spend(options, {
    token,
    amount,
    call: callOf({ ...sale, functionName: 'buy', args }),
    permitted: (permit) => callOf({ ...sale, functionName: 'buyWithPermit', args: [...args, permit] }),
  })
}

function readPurchase({ logs, hash, block, finality }: Mined, options: BuyStampsOptions): Purchase {
  const bought = parseEventLogs({ abi: postageAbi, eventName: 'StampsBought', logs: [...logs] })
  const appended = parseEventLogs({ abi: noteTreeAbi, eventName: 'NoteAppended', logs: [...logs] })
  const sale = bought.find(({ address }) => isSame(address, options.postage))
  const note = appended.find(
    ({ args }) => args.leafIndex === sale?.args.leafIndex && args.commitment === options.commitment,
  )
  if (!sale || !note) throw new PaymentError('payment.failed', `Transaction ${hash} bought no such note.`)
  const { operation, classId, limit, expiry } = note.args
  const leafIndex = Number(note.args.leafIndex)
  return { leafIndex, operation, classId, limit, expiry, cost: sale.args.cost, hash, block, finality }
}
