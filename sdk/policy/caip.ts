import { faultOfAddress } from '../crypto/address.ts'

/** A token or a coin, as CAIP-19 names it. */
export type Asset = {
  readonly chainId: bigint
  readonly namespace: 'erc20' | 'erc721' | 'erc1155' | 'slip44'
  /** `0x` and 40 digits in lower case; undefined for a chain's own coin. */
  readonly contract: string | undefined
  /** Of one token of a collection. */
  readonly id: bigint | undefined
}

const number = '(0|[1-9]\\d{0,77})'
const chainPattern = new RegExp(`^eip155:${number}$`)
const assetPattern = new RegExp(
  `^eip155:${number}/(erc20|erc721|erc1155|slip44):(0x[0-9a-fA-F]{40}|60)(?:/${number})?$`,
)

/** The number of an EVM chain that CAIP-2 names; undefined for any other text. */
export function readChain(text: string): bigint | undefined {
  return isChain(text) ? BigInt(text.slice(prefix.length)) : undefined
}

/** Whether it names one; no chain has a number that is not safe. */
export const isChain = (text: string): boolean =>
  chainPattern.test(text) && Number(text.slice(prefix.length)) <= Number.MAX_SAFE_INTEGER

const prefix = 'eip155:'

/**
 * A token or a coin of an EVM chain that CAIP-19 names; undefined for any other text: `eip155:1/erc721:0x…` and, of one token,
 * `eip155:1/erc721:0x…/7`; `eip155:1/erc1155:0x…/7`; `eip155:1/erc20:0x…`; and `eip155:1/slip44:60`, the chain's own coin
 * whatever the chain. An address in mixed case must have the checksum of EIP-55.
 */
export function readAsset(text: string): Asset | undefined {
  const [, digits = '', namespace, reference = '', id] = assetPattern.exec(text) ?? []
  const chainId = readChain(`eip155:${digits}`)
  if (chainId === undefined || !isNamespace(namespace)) return undefined
  const isCoin = namespace === 'slip44'
  if (isCoin !== (reference === '60') || (!isCoin && faultOfAddress(reference))) return undefined
  const asset = {
    chainId,
    namespace,
    contract: isCoin ? undefined : reference.toLowerCase(),
    id: id === undefined ? undefined : BigInt(id),
  }
  return isWhole(asset) ? asset : undefined
}

/** The one text of a token or a coin. */
export function formatAsset({ chainId, namespace, contract = '60', id }: Asset): string {
  return `eip155:${chainId}/${namespace}:${contract}${id === undefined ? '' : `/${id}`}`
}

const contractPattern = new RegExp(`^(eip155:${number}):(0x[0-9a-fA-F]{40})$`)

/** A contract of an EVM chain that CAIP-10 names, its address in lower case; undefined for any other text. */
export function readContract(text: string): { readonly chainId: bigint; readonly address: string } | undefined {
  const [, chain = '', , address = ''] = contractPattern.exec(text) ?? []
  const chainId = readChain(chain)
  return chainId === undefined || faultOfAddress(address) ? undefined : { chainId, address: address.toLowerCase() }
}

const isNamespace = (text: string | undefined): text is Asset['namespace'] => text !== undefined

/** Of an ERC-1155 one token is named always, of an ERC-721 maybe, and of anything else there is no such thing. */
function isWhole({ namespace, id }: Asset): boolean {
  if (id !== undefined && id >= 2n ** 256n) return false
  return namespace === 'erc721' || (id !== undefined) === (namespace === 'erc1155')
}
