import type { GivenChain } from '@pennypost/sdk'
import type { NetworkInfo } from '../network/read-network.ts'
import type { ConnectedWallet } from '../wallet/connect-wallet.ts'

/** How the client comes to the chain, once something is to be paid; undefined on a network that nobody has named the chain of. */
export function chainFor(
  { network: { chainId, name = 'Pennypost' }, local }: NetworkInfo,
  wallet: ConnectedWallet,
): (() => Promise<GivenChain>) | undefined {
  if (chainId === undefined) return undefined
  return () => wallet.openChain({ chainId: Number(chainId), name, rpcUrl: local?.chain?.rpcUrl })
}
