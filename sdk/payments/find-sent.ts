import {
  BaseError as ChainError,
  type Hash,
  type Hex,
  MethodNotFoundRpcError,
  MethodNotSupportedRpcError,
  TransactionNotFoundError,
  toFunctionSelector,
  UnknownBundleIdError,
  UnsupportedProviderMethodError,
} from 'viem'
import type { Call, ContractCall } from './call.ts'
import { PaymentError } from './decode-error.ts'
import { pending } from './pending.ts'
import type { HandedOver, Sent } from './sent-memory.ts'
import type { ActOptions } from './wallet.ts'

/** So many blocks are looked through for what took a transaction's place; what is not found there counts as given up. */
const blocksForward = 5_000

/**
 * What became of what has left: its transaction, or the one that took its place and does the same; undefined where nothing
 * came of it. Throws `payment.pending` where that cannot be said yet.
 */
export async function findSent(options: ActOptions, intent: Call, sent: Sent): Promise<Hash | undefined> {
  try {
    const batch = sent.hash === undefined && sent.batch !== undefined ? await findBatch(options, sent.batch) : 'unknown'
    return batch === 'unknown' ? await findTransaction(options, intent, sent) : batch
  } catch (cause) {
    options.signal?.throwIfAborted()
    if (cause instanceof PaymentError) throw cause
    const values = sent.hash ? [sent.hash] : []
    throw pending('The chain does not say what became of what was sent.', { cause, values })
  }
}

async function findTransaction(options: ActOptions, intent: Call, sent: Sent): Promise<Hash | undefined> {
  if (sent.hash && (await isKnown(options, sent.hash))) return sent.hash
  const mined = await countOf(options, 'latest')
  if (mined > sent.nonce) {
    const found = await findInBlocks(options, intent, sent)
    if (found || sent.hash) return found // its number is taken: it can never take effect any more
  }
  if ((await countOf(options, 'pending')) > Math.max(mined, sent.nonce)) {
    throw pending('A transaction of this account waits for its block, and it may be this one.')
  }
  return undefined
}

/** The same for what is waited for: throws `payment.pending` where the chain has lost it, and it may come back. */
export async function lookAfter(options: ActOptions, intent: Call, sent: HandedOver): Promise<Hash | undefined> {
  const { hash } = sent
  const found = await findSent(options, intent, { ...sent, batch: undefined })
  if (found !== undefined || (await countOf(options, 'latest')) > sent.nonce) return found
  throw pending(`The chain does not know transaction ${hash} any more.`, { values: [hash] })
}

/** What another run has done at the same time, where that has taken the place already. */
export async function findDone(options: ActOptions, intent: Call, place: Sent): Promise<Hash | undefined> {
  return (await countOf(options, 'latest')) > place.nonce
    ? findInBlocks(options, intent, { ...place, hash: undefined })
    : undefined
}

/** How many transactions of the account there are, mined or with those that wait. */
export const countOf = ({ wallet, public: chain }: ActOptions, blockTag: 'latest' | 'pending'): Promise<number> =>
  chain.getTransactionCount({ address: wallet.account.address, blockTag })

/** Whether the chain has a transaction, mined or waiting. */
async function isKnown({ public: chain }: ActOptions, hash: Hash): Promise<boolean> {
  try {
    await chain.getTransaction({ hash })
    return true
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return false
    throw error
  }
}

/** What the wallet says of a batch; one that knows no batches, any more or as another wallet of the account, says nothing. */
async function findBatch({ wallet }: ActOptions, id: string): Promise<Hash | 'unknown' | undefined> {
  const { status, receipts } = await wallet.getCallsStatus({ id }).catch((error) => {
    if (error instanceof UnknownBundleIdError) return { status: 'failure' as const, receipts: undefined }
    if (isNoMethod(error)) return { status: 'unknown' as const, receipts: undefined }
    throw pending(`The wallet does not say what became of batch ${id}.`, { cause: error, values: [id] })
  })
  if (status === 'unknown') return status
  const hash = receipts?.at(-1)?.transactionHash
  if (status === 'success' && hash) return hash
  if (status === 'failure') return undefined
  throw pending(`Batch ${id} was sent, and the wallet has not reported its outcome.`, { values: [id] })
}

const noMethod = [MethodNotFoundRpcError, MethodNotSupportedRpcError, UnsupportedProviderMethodError]

const isNoMethod = (error: unknown): boolean =>
  error instanceof ChainError && error.walk((cause) => noMethod.some((kind) => cause instanceof kind)) !== null

type Transaction = { from: Hex; to: Hex | null; nonce: number; input: Hex; value: bigint; hash: Hash }

/** Wallets send again with more gas, and two devices of an account may act at once: what counts is that the same was done. */
async function findInBlocks({ wallet, public: chain, signal }: ActOptions, intent: Call, sent: Sent) {
  const last = Number((await chain.getBlock()).number)
  const end = sent.block + blocksForward
  const doesSame = sent.batch === undefined ? sameAs(intent) : hasInside(intent)
  for (let number = sent.block; number <= Math.min(last, end); number++) {
    signal?.throwIfAborted()
    const { transactions } = await chain.getBlock({ blockNumber: BigInt(number), includeTransactions: true })
    const own = (transactions as Transaction[]).filter(
      ({ from, nonce }) => from.toLowerCase() === wallet.account.address.toLowerCase() && nonce >= sent.nonce,
    )
    const found = own.find(doesSame)
    if (found) return found.hash
    if (sent.hash && own.some(({ nonce }) => nonce === sent.nonce)) return undefined
  }
  if (sent.hash && last < end) throw unseen(sent.hash)
  return undefined
}

/** Providers answer out of several nodes, and one may count what another has not got yet. */
const unseen = (hash: Hash): PaymentError =>
  pending('The chain counts a transaction in this place, and shows none.', { values: [hash] })

/** Whether a transaction has a call among those that it makes, as batches do. */
function hasInside({ data }: Call): (transaction: Transaction) => boolean {
  return ({ input }) => input.includes(data.slice(2))
}

/** Whether a transaction makes a call, with any permit or none; or transfers the same. */
function sameAs({ address, data, value = 0n, contract }: Call): (transaction: Transaction) => boolean {
  const forms = contract ? formsOf(contract).map((selector) => `${selector}${data.slice(10)}`) : [data]
  return (transaction) =>
    transaction.to?.toLowerCase() === address.toLowerCase() &&
    transaction.value === value &&
    forms.some((form) => transaction.input.startsWith(form))
}

/** Selectors of the forms in which a contract takes one call. */
const formsOf = ({ abi, functionName }: ContractCall['contract']): Hex[] =>
  abi.flatMap((item) =>
    item.type === 'function' && [functionName, `${functionName}WithPermit`].includes(item.name)
      ? [toFunctionSelector(item)]
      : [],
  )
