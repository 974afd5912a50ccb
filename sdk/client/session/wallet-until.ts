import { orAborted } from '../../async.ts'
import { toWallet, type Wallet, type WalletLike } from '../../identity/index.ts'

/** A wallet that nobody waits for beyond a signal: whether its user ever answers is the user's affair. */
export function walletUntil(wallet: WalletLike, signal: AbortSignal | undefined): Wallet {
  const own = toWallet(wallet)
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    return orAborted(question(), signal)
  }
  return {
    getAddress: () => ask(() => own.getAddress()),
    signMessage: (message) => ask(() => own.signMessage(message)),
    signTypedData: (data) => ask(() => own.signTypedData(data)),
  }
}
