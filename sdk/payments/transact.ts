import type { Abi, Address, ContractFunctionArgs, ContractFunctionName, Hash, Log } from 'viem'
import { orAborted } from '../async.ts'
import { decodeError, PaymentError } from './decode-error.ts'
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
  const { wallet, onProgress } = options
  await simulate(options, call)
  const hash = await wallet.writeContract({ ...call, account: wallet.account, chain: wallet.chain ?? null })
  onProgress?.({ kind: 'sent', hash })
  return waitFor(options, hash)
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
  const { logs, blockNumber: block } = await waitForReceipt(options, hash)
  options.onProgress?.({ kind: 'mined', hash, block })
  return { hash, block, logs }
}

/** Waits for a receipt; throws where the transaction was mined without effect. */
export async function waitForReceipt({ public: chain, signal }: ActOptions, hash: Hash) {
  const receipt = await orAborted(chain.waitForTransactionReceipt({ hash }), signal)
  if (receipt.status === 'success') return receipt
  throw new PaymentError('payment.reverted', `Transaction ${hash} was mined and took no effect.`)
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
