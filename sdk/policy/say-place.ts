import { readAsset, readChain, readContract } from './caip.ts'

/** Chains whose own coin is ether, where people know them by a name. */
const ofEther: Readonly<Record<string, string>> = {
  1: 'Ethereum',
  10: 'Optimism',
  8453: 'Base',
  42161: 'Arbitrum One',
  11155111: 'Sepolia',
}

/** The local chain of development tools: its coin is ether, and it is known by its number. */
const localChain = 31337n

/** A chain (CAIP-2) in words: `Ethereum`, `chain 31337`. */
export function sayChain(text: string): string {
  const chainId = readChain(text)
  return chainId === undefined ? text : chainOf(chainId)
}

/** A contract (CAIP-10) in words, with its whole address: `0x… on Ethereum`. */
export function sayContract(text: string): string {
  const { chainId, address } = readContract(text) ?? {}
  return chainId === undefined ? text : `${address} on ${chainOf(chainId)}`
}

/** So much of an asset (CAIP-19) in words, with the whole address: `0.5 ether on chain 31337`. */
export function sayHolding(amount: string, text: string): string {
  const { chainId, namespace, contract, id } = readAsset(text) ?? {}
  if (chainId === undefined) return `${amount} of ${text}`
  const chain = chainOf(chainId)
  if (namespace === 'slip44')
    return isEther(chainId) ? `${amount} ether on ${chain}` : `${amount} of the coin of ${chain}`
  if (namespace === 'erc20') return `${amount} of the token ${contract} on ${chain}`
  const collection = `the collection ${contract} on ${chain}`
  if (id === undefined) return `${amount} of ${collection}`
  return namespace === 'erc721' ? `number ${id} of ${collection}` : `${amount} of number ${id} of ${collection}`
}

const isEther = (chainId: bigint): boolean => chainId === localChain || String(chainId) in ofEther

const chainOf = (chainId: bigint): string => ofEther[String(chainId)] ?? `chain ${chainId}`
