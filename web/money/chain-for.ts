import type { GivenChain } from '@pennypost/sdk'
import { signal } from '@preact/signals'
import type { NetworkInfo } from '../network/read-network.ts'
import type { ConnectedWallet } from '../wallet/connect-wallet.ts'

/** Whether the wallet has been asked for the chain since signing in: before that, nothing is read there but where it is pressed. */
export const isChainOpen = signal(false)

/** How the client comes to the chain, once something is to be paid; undefined on a network that nobody has named the chain of. */
export function chainFor(
  { network: { chainId, name = 'Pennypost' }, notice, local }: NetworkInfo,
  wallet: ConnectedWallet,
): (() => Promise<GivenChain>) | undefined {
  if (chainId === undefined) return undefined
  return async () => {
    const chain = await wallet.openChain({ chainId: Number(chainId), name, rpcUrl: local?.chain?.rpcUrl })
    isChainOpen.value = true
    return notice ? { ...chain, notice } : chain
  }
}
