import type { GivenChain } from '@pennypost/sdk'
import { createPublicClient, createWalletClient, http, type TypedDataDefinition } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { type ChainPlace, chainAt, pollingInterval } from './chain-place.ts'

/** The chain of a network for trying things out, for an account whose key everybody has. */
export function openLocalChain(key: `0x${string}`, place: ChainPlace): GivenChain {
  const edge = { chain: chainAt(place), transport: http(place.rpcUrl), pollingInterval }
  return {
    publicClient: createPublicClient(edge),
    walletClient: createWalletClient({ ...edge, account: privateKeyToAccount(key) }),
  }
}

/** Signs typed data with such a key. */
export const signLocally = (key: `0x${string}`, data: object): Promise<string> =>
  privateKeyToAccount(key).signTypedData(data as TypedDataDefinition)
