import { type ResolvedName, resolveName } from '@pennypost/sdk/policy'
import type { PublicClient } from 'viem'
import { mainnet } from 'viem/chains'
import { getEnsAddress, normalize } from 'viem/ens'
import type { ConnectedWallet } from '../wallet/connect-wallet.ts'

/**
 * The account of a name, as Ethereum has it now; asked through the wallet, so that the page asks no other host. The name is
 * given back as names are written: whoever wrote one that only looks like it sees that.
 */
export async function lookUpName(name: string, wallet: Pick<ConnectedWallet, 'openChain'>): Promise<ResolvedName> {
  const { id: chainId, name: chain, contracts } = mainnet
  const universalResolverAddress = contracts.ensUniversalResolver.address
  return resolveName(asWritten(name), {
    normalize,
    chainId: BigInt(chainId),
    async resolve(name) {
      const { publicClient } = await wallet.openChain({ chainId, name: chain, rpcUrl: undefined })
      return getEnsAddress(publicClient as PublicClient, { name, universalResolverAddress }) // wallets open viem's own
    },
  })
}

/** What is no name stays, and is refused. */
function asWritten(name: string): string {
  try {
    return normalize(name)
  } catch {
    return name
  }
}
