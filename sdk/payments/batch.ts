import { toHex } from 'viem'
import { orAborted, retry } from '../async.ts'
import { randomBytes } from '../crypto/index.ts'
import type { Call } from './call.ts'
import { PaymentError } from './decode-error.ts'
import { mayHaveLeft, pending } from './pending.ts'
import type { Turn } from './send.ts'
import type { HandedOver } from './sent-memory.ts'
import type { PaymentWallet } from './wallet.ts'

/**
 * Whether a wallet makes several calls at once, all or none (EIP-5792). A key that signs by itself is not asked: there is no
 * wallet behind it.
 */
export async function canBatch(wallet: PaymentWallet): Promise<boolean> {
  const { account, chain } = wallet
  if (!chain || account.type !== 'json-rpc') return false
  try {
    const { atomic } = await wallet.getCapabilities({ account, chainId: chain.id })
    return atomic?.status === 'supported' || atomic?.status === 'ready'
  } catch {
    return false // a wallet that does not know the question
  }
}

/** Sends calls as one batch under a name that is remembered before, and waits until the wallet knows its transaction. */
export async function sendBatch(turn: Turn, calls: readonly Call[]): Promise<HandedOver> {
  const { wallet, signal } = turn.options
  const id = await handOver(turn, calls)
  const ask = () => orAborted(wallet.waitForCallsStatus({ id, pollingInterval: 250 }), signal)
  const { status, receipts } = await retry(ask, { delaysMs: [250, 1_000], mayPass: () => true, signal }).catch(
    (cause) => {
      signal?.throwIfAborted()
      throw pending(`Batch ${id} was sent, and the wallet has not reported its outcome.`, { cause, values: [id] })
    },
  )
  const hash = receipts?.at(-1)?.transactionHash
  if (status !== 'success' || !hash) throw new PaymentError('payment.reverted', 'The batch had no effect.')
  return { ...turn.place, batch: id, hash }
}

async function handOver({ options, memory, key, place }: Turn, calls: readonly Call[]): Promise<string> {
  const { wallet, signal } = options
  const { account, chain } = wallet
  signal?.throwIfAborted()
  const batch = calls.map(({ address: to, data }) => ({ to, data }))
  const named = { ...place, batch: toHex(randomBytes(32)) }
  await memory.keep(key, named)
  try {
    const { id } = await wallet.sendCalls({ account, chain, calls: batch, forceAtomic: true, id: named.batch })
    if (id !== named.batch) await memory.keep(key, { ...place, batch: id }) // a wallet that names them itself
    return id
  } catch (cause) {
    if (mayHaveLeft(cause)) throw pending('The wallet has not said whether it took the batch.', { cause })
    await memory.forget(key, named)
    throw cause
  }
}
