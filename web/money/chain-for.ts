import type { GivenChain } from '@pennypost/sdk'
import type { NetworkInfo } from '../network/read-network.ts'
import type { ConnectedWallet } from '../wallet/connect-wallet.ts'

/** How the client comes to the chain, once something is to be paid. */
export const chainFor =
  ({ network: { chainId, name = 'Pennypost' }, local }: NetworkInfo, wallet: ConnectedWallet) =>
  async (): Promise<GivenChain> => {
    if (chainId === undefined)
      throw new Error('Nobody has told this page the chain of its network, so nothing can be paid here.')
    return wallet.openChain({ chainId: Number(chainId), name, rpcUrl: local?.chain?.rpcUrl })
  }
