import type { GivenChain } from '@pennypost/sdk'
import { createPublicClient, createWalletClient, custom } from 'viem'
import type { Provider } from '../wallet/discover-wallets.ts'
import { type ChainPlace, chainAt, pollingInterval } from './chain-place.ts'

/**
 * The chain through a wallet: what is read goes through it too, so that the page asks no other host. Each request first sees that
 * the wallet is on that chain, since the person may change it at any time.
 */
export async function openWalletChain(
  provider: Provider,
  account: `0x${string}`,
  place: ChainPlace,
): Promise<GivenChain> {
  await chooseChain(provider, place)
  const request: Provider['request'] = async (call) => {
    await chooseChain(provider, place)
    return provider.request(call)
  }
  const edge = { chain: chainAt(place), transport: custom({ request }), pollingInterval }
  return { publicClient: createPublicClient(edge), walletClient: createWalletClient({ ...edge, account }) }
}

/** What wallets say of a chain that they do not know; some wrap it. */
const unknownChain = 4902

/** Asks the wallet to change to the network's chain, where it is on another. */
async function chooseChain(provider: Provider, place: ChainPlace): Promise<void> {
  const chainId = `0x${place.chainId.toString(16)}`
  if (await isOn(provider, place)) return
  try {
    await provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] })
  } catch (error) {
    if (!isUnknownChain(error)) throw error
    await addChain(provider, chainId, place)
  }
  if (!(await isOn(provider, place)))
    throw new Error(`The wallet is on another chain. Change it to chain ${place.chainId}.`)
}

const isOn = async (provider: Provider, { chainId }: ChainPlace): Promise<boolean> =>
  Number(await provider.request({ method: 'eth_chainId' })) === chainId

function isUnknownChain(error: unknown): boolean {
  const { code, data } = (error ?? {}) as { code?: unknown; data?: { originalError?: { code?: unknown } } }
  return code === unknownChain || data?.originalError?.code === unknownChain
}

async function addChain(provider: Provider, chainId: string, { name, rpcUrl }: ChainPlace): Promise<void> {
  if (rpcUrl === undefined)
    throw new Error(`The wallet does not know chain ${Number(chainId)}. Add it there, and try again.`)
  const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
  const chain = { chainId, chainName: name, rpcUrls: [rpcUrl], nativeCurrency }
  await provider.request({ method: 'wallet_addEthereumChain', params: [chain] })
}
