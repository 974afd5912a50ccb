import { BaseError as ChainError, getContractError, type Hash, keccak256 } from 'viem'
import type { Call } from './call.ts'
import { PaymentError } from './decode-error.ts'
import { isNumberTaken, mayHaveLeft, pending } from './pending.ts'
import type { HandedOver, Sent, SentMemory } from './sent-memory.ts'
import type { ActOptions } from './wallet.ts'

/** One attempt at an act, and where its transaction goes in the account's order. */
export type Turn = {
  readonly options: ActOptions
  /** The call without a permit: what it is remembered by. */
  readonly intent: Call
  readonly memory: SentMemory
  readonly key: string
  readonly place: Sent
  /** Whether an earlier attempt had this place. */
  readonly isRetaken: boolean
}

/** The account's next place. */
export async function nextPlace({ wallet, public: chain }: ActOptions): Promise<Sent> {
  const { address } = wallet.account
  const [nonce, { number }] = await Promise.all([
    chain.getTransactionCount({ address, blockTag: 'pending' }),
    chain.getBlock(),
  ])
  return { nonce, block: Number(number) }
}

/**
 * Gives a call to the chain. It is remembered before it leaves, and asks for a fixed place where a key signs here: however
 * often and from wherever the same is begun at one time, it takes effect once.
 */
export async function send(turn: Turn, call: Call): Promise<HandedOver> {
  const { options, memory, key, place, isRetaken } = turn
  const isKey = options.wallet.account.type === 'local'
  try {
    return await (isKey ? sendSigned(turn, call) : sendByWallet(turn, call))
  } catch (cause) {
    if (cause instanceof PaymentError) throw cause
    if (!isNumberTaken(cause) && !isRetaken) await memory.forget(key, place)
    const { address, contract } = call
    throw contract && cause instanceof ChainError ? getContractError(cause, { address, ...contract }) : cause
  }
}

/** Hands a transaction over: where no answer comes it may have left all the same. What fails before that has not. */
async function leave(step: () => Promise<Hash>): Promise<Hash> {
  try {
    return await step()
  } catch (cause) {
    if (mayHaveLeft(cause)) throw pending('The chain has not said whether it accepted the transaction.', { cause })
    throw cause
  }
}

/** What a transaction is made of. */
const partsOf = ({ address: to, data, value, fees }: Call) => ({
  to,
  data,
  ...(value !== undefined && { value }),
  ...fees,
})

/** A key that signs here: the hash is known before anything leaves. */
async function sendSigned({ options, memory, key, place }: Turn, call: Call): Promise<HandedOver> {
  const { wallet, signal } = options
  const { account, chain = null } = wallet
  const nonce = 'nonceManager' in account && account.nonceManager ? {} : { nonce: place.nonce }
  const request = await wallet.prepareTransactionRequest({ account, chain, ...partsOf(call), ...nonce } as never)
  const serializedTransaction = await wallet.signTransaction({ ...request, chain } as never)
  signal?.throwIfAborted()
  const sent = { ...place, nonce: request.nonce as number, hash: keccak256(serializedTransaction) }
  await memory.keep(key, sent)
  await leave(() => wallet.sendRawTransaction({ serializedTransaction }))
  return sent
}

/** A wallet that signs and sends by itself: until it answers, only the place says what to look for. */
async function sendByWallet({ options, memory, key, place, isRetaken }: Turn, call: Call): Promise<HandedOver> {
  const { wallet, public: chain, signal } = options
  signal?.throwIfAborted()
  await memory.keep(key, place)
  const fixed = isRetaken ? { nonce: place.nonce } : {}
  const request = { ...partsOf(call), account: wallet.account, chain: wallet.chain ?? null, ...fixed }
  const hash = await leave(() => wallet.sendTransaction(request as never))
  const { nonce } = await chain.getTransaction({ hash }).catch(() => place)
  const sent = { ...place, nonce, hash }
  await memory.keep(key, sent)
  return sent
}
