import type { Abi, Address, ContractFunctionArgs, ContractFunctionName, Hash, Log } from 'viem'
import { orAborted, retry } from '../async.ts'
import { decodeError, PaymentError } from './decode-error.ts'
import type { ChainProgress, Tell } from './progress.ts'
import type { ActOptions } from './wallet.ts'

/** One call of a contract. */
export type Call = {
  readonly address: Address
  readonly abi: Abi
  readonly functionName: string
  readonly args: readonly unknown[]
}

/** A transaction that took effect. */
export type Mined = {
  readonly hash: Hash
  readonly block: bigint
  readonly logs: readonly Log<bigint, number, false>[]
}

type Writes = 'nonpayable' | 'payable'

/** A call with its arguments checked against the ABI. */
export const callOf = <const A extends Abi, const N extends ContractFunctionName<A, Writes>>(call: {
  address: Address
  abi: A
  functionName: N
  args: ContractFunctionArgs<A, Writes, N>
}): Call => call as unknown as Call

/** Tries a call without sending it, sends it, and waits for its receipt. Throws {@link PaymentError}. */
export async function transact(options: ActOptions, call: Call): Promise<Mined> {
  await simulate(options, call)
  return waitFor(options, await handOver(options, call))
}

/** Gives a call to the wallet; answers the hash of what it has sent. */
async function handOver({ wallet, onProgress }: ActOptions, call: Call): Promise<Hash> {
  try {
    const hash = await wallet.writeContract({ ...call, account: wallet.account, chain: wallet.chain ?? null })
    tellSafely(onProgress, { kind: 'sent', hash })
    return hash
  } catch (cause) {
    throw mayHaveBeenSent(cause)
      ? pending('The chain has not said whether it accepted the transaction.', { cause })
      : cause
  }
}

/** A node that was asked again says so where it had the transaction from the first time. */
const knownBefore = /already known|known transaction|nonce too low|already imported/i

function mayHaveBeenSent(error: unknown): boolean {
  const decoded = decodeError(error)
  if (!(decoded instanceof PaymentError)) return false
  return decoded.code === 'chain.unavailable' || knownBefore.test(decoded.message)
}

/** What was sent, and of which nothing is known yet: no failure, and no reason to pay again. */
export function pending(message: string, options: { cause?: unknown; values?: readonly unknown[] } = {}): PaymentError {
  const hint = 'Call again with the same values: whatever was done is found, and not done twice.'
  return new PaymentError('payment.pending', message, { ...options, hint })
}

/** Nothing that a listener throws undoes what was sent. */
export function tellSafely(tell: Tell | undefined, event: ChainProgress): void {
  try {
    tell?.(event)
  } catch {
    // its own fault
  }
}

/** Tries a call without sending it; answers what it would return. The signal may end it before anything is sent. */
export async function simulate(
  { wallet, public: chain, signal, onProgress }: ActOptions,
  call: Call,
): Promise<unknown> {
  signal?.throwIfAborted()
  const { result } = await chain.simulateContract({ ...call, account: wallet.account })
  onProgress?.({ kind: 'simulated' })
  signal?.throwIfAborted()
  return result
}

/** Waits until a transaction took effect. */
export async function waitFor(options: ActOptions, hash: Hash): Promise<Mined> {
  const { logs, blockNumber: block, transactionHash } = await waitForReceipt(options, hash)
  tellSafely(options.onProgress, { kind: 'mined', hash: transactionHash, block })
  return { hash: transactionHash, block, logs } // a wallet may have sent it again with more gas
}

const receiptDelaysMs = [250, 1_000, 4_000]

/** Waits for a receipt, asking again where an answer is lost; throws where the transaction was mined without effect. */
export async function waitForReceipt({ public: chain, signal }: ActOptions, hash: Hash) {
  const ask = () => orAborted(chain.waitForTransactionReceipt({ hash }), signal)
  const receipt = await retry(ask, { delaysMs: receiptDelaysMs, mayPass: () => true, signal }).catch((cause) => {
    signal?.throwIfAborted()
    throw pending(`Transaction ${hash} was sent, and its outcome is unknown.`, { cause, values: [hash] })
  })
  if (receipt.status === 'success') return receipt
  throw new PaymentError('payment.reverted', `Transaction ${hash} was mined and had no effect.`)
}

/** Runs an act; what viem throws comes out as {@link PaymentError}. */
export async function decoding<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw decodeError(error)
  }
}

/** Whether two addresses are one; their letters' case is a checksum only. */
export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
