import { orAborted, retry } from '../async.ts'
import { PaymentError } from './decode-error.ts'
import { type Call, type Mined, pending, tellSafely, waitFor } from './transact.ts'
import type { ActOptions, PaymentWallet } from './wallet.ts'

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

/** Sends calls as one batch, and waits until it took effect. */
export async function sendBatch(options: ActOptions, calls: readonly Call[]): Promise<Mined> {
  const { wallet, signal, onProgress } = options
  const { account, chain } = wallet
  const batch = calls.map(({ address: to, ...call }) => ({ to, ...call }))
  const { id } = await wallet.sendCalls({ account, chain, calls: batch, forceAtomic: true })
  const ask = () => orAborted(wallet.waitForCallsStatus({ id, pollingInterval: 250 }), signal)
  const { status, receipts } = await retry(ask, { delaysMs: [250, 1_000], mayPass: () => true, signal }).catch(
    (cause) => {
      signal?.throwIfAborted()
      throw pending(`Batch ${id} was sent, and the wallet has not reported its outcome.`, { cause, values: [id] })
    },
  )
  const receipt = receipts?.at(-1)
  if (status !== 'success' || !receipt) throw new PaymentError('payment.reverted', 'The batch had no effect.')
  tellSafely(onProgress, { kind: 'sent', hash: receipt.transactionHash })
  return waitFor(options, receipt.transactionHash)
}
