import { type Address, type Hash, parseAbi, parseEventLogs, type TransactionReceipt } from 'viem'
import { noteTreeAbi, postageAbi, postageTokenAbi } from '../generated/abis.ts'
import { decodeError, PaymentError } from './decode-error.ts'
import { signPermit } from './sign-permit.ts'
import type { PaymentChain, PaymentWallet } from './wallet.ts'

/** What happens while stamps are bought, in this order; `allowing` only where the token has no permits. */
export type PurchaseProgress =
  | { readonly kind: 'quoted'; readonly cost: bigint }
  | { readonly kind: 'authorizing'; readonly by: 'permit' | 'allowance' | 'approval' }
  | { readonly kind: 'allowing'; readonly hash: Hash }
  | { readonly kind: 'sent'; readonly hash: Hash }
  | { readonly kind: 'mined'; readonly hash: Hash; readonly block: bigint }

export type BuyStampsOptions = {
  readonly wallet: PaymentWallet
  readonly public: PaymentChain
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
  /** Ends waiting, at any step; what was sent to the chain by then is not taken back. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((event: PurchaseProgress) => void) | undefined
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
export async function buyStamps(options: BuyStampsOptions): Promise<Purchase> {
  try {
    const cost = await quote(options)
    const hash = await send(options, cost)
    options.onProgress?.({ kind: 'sent', hash })
    const receipt = await waitFor(options, hash)
    options.onProgress?.({ kind: 'mined', hash, block: receipt.blockNumber })
    return readPurchase(receipt, options)
  } catch (error) {
    throw decodeError(error)
  }
}

/** Errors of the contracts below pass through the sale; with these in its ABI they are recognised. */
const errorsBelow = [...noteTreeAbi, ...postageTokenAbi].filter(({ type }) => type === 'error')
const saleAbi = [...postageAbi, ...errorsBelow] as unknown as typeof postageAbi

/** Tokens of the old kind answer nothing where ERC-20 has a boolean. */
const approveAbi = parseAbi(['function approve(address spender, uint256 amount)'])

async function quote({ public: chain, postage, class: number, count, maxPrice, signal, onProgress }: BuyStampsOptions) {
  signal?.throwIfAborted()
  const args = [BigInt(number), BigInt(count)] as const
  const cost = await chain.readContract({ address: postage, abi: postageAbi, functionName: 'costOf', args })
  if (maxPrice !== undefined && cost > maxPrice) {
    const message = `${count} stamps cost ${cost} of the token's smallest units, more than ${maxPrice}.`
    throw new PaymentError('postage.price-too-high', message, { values: [cost, maxPrice] })
  }
  onProgress?.({ kind: 'quoted', cost })
  return cost
}

async function send(options: BuyStampsOptions, cost: bigint): Promise<Hash> {
  const { wallet, public: chain, postage, signal } = options
  const args = [BigInt(options.class), options.commitment, BigInt(options.count)] as const
  const sale = { account: wallet.account, address: postage, abi: saleAbi } as const
  const permit = await authorize(options, cost)
  signal?.throwIfAborted()
  if (permit) {
    const call = { ...sale, functionName: 'buyWithPermit', args: [...args, permit] } as const
    await chain.simulateContract(call)
    signal?.throwIfAborted()
    return await wallet.writeContract({ ...call, chain: wallet.chain ?? null })
  }
  const call = { ...sale, functionName: 'buy', args } as const
  await chain.simulateContract(call)
  signal?.throwIfAborted()
  return await wallet.writeContract({ ...call, chain: wallet.chain ?? null })
}

/** Lets the sale take the cost, in the cheapest way: a standing allowance, a permit, or an approval on the chain. */
async function authorize(options: BuyStampsOptions, cost: bigint) {
  const { wallet, public: chain, postage, token, onProgress } = options
  const contract = { address: token, abi: postageTokenAbi } as const
  const owner = wallet.account.address
  const allowed = await chain.readContract({ ...contract, functionName: 'allowance', args: [owner, postage] })
  if (allowed >= cost) {
    onProgress?.({ kind: 'authorizing', by: 'allowance' })
    return undefined
  }
  const permit = await signPermit({ wallet, public: chain, token, spender: postage, amount: cost })
  onProgress?.({ kind: 'authorizing', by: permit ? 'permit' : 'approval' })
  if (permit) return permit

  options.signal?.throwIfAborted()
  const call = {
    address: token,
    abi: approveAbi,
    account: wallet.account,
    functionName: 'approve',
    args: [postage, cost],
  } as const
  await chain.simulateContract(call)
  const hash = await wallet.writeContract({ ...call, chain: wallet.chain ?? null })
  onProgress?.({ kind: 'allowing', hash })
  await waitFor(options, hash)
  return undefined
}

async function waitFor({ public: chain, signal }: BuyStampsOptions, hash: Hash): Promise<TransactionReceipt> {
  const receipt = await orAborted(chain.waitForTransactionReceipt({ hash }), signal)
  if (receipt.status === 'success') return receipt
  throw new PaymentError('payment.reverted', `Transaction ${hash} was mined and took no effect.`)
}

function readPurchase({ logs, transactionHash, blockNumber }: TransactionReceipt, options: BuyStampsOptions): Purchase {
  const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()
  const bought = parseEventLogs({ abi: postageAbi, eventName: 'StampsBought', logs })
  const appended = parseEventLogs({ abi: noteTreeAbi, eventName: 'NoteAppended', logs })
  const sale = bought.find(({ address }) => isSame(address, options.postage))
  const note = appended.find(
    ({ args }) => args.leafIndex === sale?.args.leafIndex && args.commitment === options.commitment,
  )
  if (!sale || !note) throw new PaymentError('payment.failed', `Transaction ${transactionHash} bought no such note.`)
  const { operation, classId, limit, expiry } = note.args
  const leafIndex = Number(note.args.leafIndex)
  return {
    leafIndex,
    operation,
    classId,
    limit,
    expiry,
    cost: sale.args.cost,
    hash: transactionHash,
    block: blockNumber,
  }
}

/** The promise's value, unless the signal comes first. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
