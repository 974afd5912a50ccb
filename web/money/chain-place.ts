import { type Chain, defineChain } from 'viem'

/** Where money is: the chain's number, and an endpoint where the page was told one. */
export type ChainPlace = { readonly chainId: number; readonly name: string; readonly rpcUrl: string | undefined }

/** The same for viem. */
export const chainAt = ({ chainId: id, name, rpcUrl }: ChainPlace): Chain =>
  defineChain({
    id,
    name,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: rpcUrl === undefined ? [] : [rpcUrl] } },
  })

/** Milliseconds between two looks whether something was mined. */
export const pollingInterval = 1_000
