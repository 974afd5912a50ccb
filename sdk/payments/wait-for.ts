import { type Hash, type Log, type TransactionReceipt, WaitForTransactionReceiptTimeoutError } from 'viem'
import { orAborted, retry } from '../async.ts'
import { tellSafely } from '../tell.ts'
import { PaymentError } from './decode-error.ts'
import { type Finality, finalityOfBlock } from './finality.ts'
import { pending } from './pending.ts'
import type { ActOptions } from './wallet.ts'

/** A transaction that took effect. */
export type Mined = {
  readonly hash: Hash
  readonly block: bigint
  /** Until it is `final`, the chain may still take it back or put it in another place. */
  readonly finality: Finality
  /** What its gas has cost, in wei. */
  readonly fee: bigint
  readonly logs: readonly Log<bigint, number, false>[]
}

type Options = {
  readonly hash: Hash
  /** Looks for what became of it: itself, another that did the same, or nothing. */
  readonly look: () => Promise<Hash | undefined>
}

/** Waits until a transaction, or one in its place that does the same, took effect. */
export async function waitFor(options: ActOptions, { hash, look }: Options): Promise<Mined> {
  const receipt = await findReceipt(options, { hash, look })
  if (receipt.status !== 'success') {
    throw new PaymentError('payment.reverted', `Transaction ${hash} was mined and had no effect.`)
  }
  const { logs, blockNumber: block, transactionHash, gasUsed, effectiveGasPrice } = receipt
  tellSafely(options.onProgress, { kind: 'mined', hash: transactionHash, block })
  const finality = await finalityOfBlock(options.public, block).catch(() => 'mined' as const)
  return { hash: transactionHash, block, finality, fee: gasUsed * effectiveGasPrice, logs }
}

const lookAgainMs = 4_000
const longestMs = 180_000

/** The receipt of a transaction; from time to time it is asked whether the transaction is still there at all. */
async function findReceipt(options: ActOptions, { hash: first, look }: Options): Promise<TransactionReceipt> {
  let hash = first
  for (let waited = 0; waited < longestMs; waited += lookAgainMs) {
    const receipt = await waitForReceipt(options, hash)
    if (receipt) return receipt
    hash = (await lookFor(options, { hash, look })) ?? giveUp(hash)
  }
  throw pending(`Transaction ${hash} was sent, and no block has it yet.`, { values: [hash] })
}

/** What cannot be looked for has been sent all the same. */
async function lookFor({ signal }: ActOptions, { hash, look }: Options): Promise<Hash | undefined> {
  try {
    return await look()
  } catch (cause) {
    signal?.throwIfAborted()
    throw cause instanceof PaymentError ? cause : unknownOutcome(hash, cause)
  }
}

const unknownOutcome = (hash: Hash, cause: unknown): PaymentError =>
  pending(`Transaction ${hash} was sent, and its outcome is unknown.`, { cause, values: [hash] })

const receiptDelaysMs = [250, 1_000, 4_000]

/** Waits for a receipt for a while, asking again where an answer is lost; undefined where there is none, or another's. */
async function waitForReceipt({ public: chain, signal }: ActOptions, hash: Hash) {
  let isAnother = false
  const onReplaced = ({ reason }: { reason: string }) => {
    isAnother = reason !== 'repriced'
  }
  const ask = (): Promise<TransactionReceipt> =>
    orAborted(chain.waitForTransactionReceipt({ hash, onReplaced, timeout: lookAgainMs }), signal)
  try {
    const receipt = await retry(ask, { delaysMs: receiptDelaysMs, mayPass: (error) => !isTimeout(error), signal })
    return isAnother ? undefined : receipt
  } catch (cause) {
    signal?.throwIfAborted()
    if (isTimeout(cause)) return undefined
    throw unknownOutcome(hash, cause)
  }
}

const isTimeout = (error: unknown): boolean => error instanceof WaitForTransactionReceiptTimeoutError

function giveUp(hash: Hash): never {
  throw new PaymentError('payment.replaced', `The chain has something else in the place of transaction ${hash}.`, {
    hint: 'Nothing was done. Call again to begin anew.',
    values: [hash],
  })
}

/** Whether a transaction is over, though nothing came of it. */
export const isOver = (error: unknown): boolean =>
  error instanceof PaymentError && ['payment.reverted', 'payment.replaced'].includes(error.code)
