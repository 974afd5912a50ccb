import type { NetworkOptions } from '@pennypost/sdk'

/** An account that anybody may use, on a network for trying things out. */
export type LocalAccount = {
  readonly name: string
  readonly about: string
  readonly address: `0x${string}`
  readonly key: `0x${string}`
}

/** A chain for trying things out: its endpoint, and the contract of notices where there is one. */
type LocalChain = { readonly rpcUrl: string; readonly notice?: `0x${string}` | undefined }

/** What the page is told of its network: `network.json` beside it. */
export type NetworkInfo = {
  /** The node's URL; the one that serves the page unless given. */
  readonly node: string
  readonly prover: string | undefined
  readonly network: NetworkOptions
  /** The contract of notices, which the signed terms do not name. */
  readonly notice: `0x${string}` | undefined
  readonly local: { readonly accounts: readonly LocalAccount[]; readonly chain?: LocalChain | undefined } | undefined
}

type Written = Partial<Pick<NetworkInfo, 'node' | 'network' | 'notice' | 'local'>> & {
  readonly provers?: readonly string[]
}

/** Reads it; throws where there is none. */
export async function readNetwork(): Promise<NetworkInfo> {
  const response = await fetch('network.json', { cache: 'no-store' })
  if (!response.ok) throw new Error('Nobody has told this page its network: network.json beside it cannot be read.')
  const {
    node = new URL('..', document.baseURI).href,
    provers = [],
    network = {},
    local,
    notice = local?.chain?.notice,
  }: Written = await response.json()
  return { node: node.replace(/\/$/, ''), prover: provers[0], network, notice, local }
}
