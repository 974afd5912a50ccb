import { generatePrivateKey } from 'viem/accounts'
import { Client } from '../../sdk/index.ts'
import type { LocalNetwork } from './network.ts'

/** A network with somebody who is written to. */
export type Stage = { readonly network: LocalNetwork; readonly bob: Client }

/** A new client with some ether, some tokens and every contract. */
export async function join(network: LocalNetwork, tokens: bigint): Promise<Client> {
  const key = generatePrivateKey()
  await network.fund(key, tokens * 10n ** 18n)
  const { node, prover, trust } = network
  const options = { node: node.url, prover: prover.url, network: trust, chain: network.chainOptions(key) }
  return Client.create(network.connect(key).account, options)
}

/** Throws where a step was refused that must not be. */
export function must(result: { readonly ok: boolean; readonly message?: string }): void {
  if (!result.ok) throw new Error(result.message ?? 'refused')
}

/** The two ends of a long hex number. */
export const short = (hex: string): string => `${hex.slice(0, 8)}…${hex.slice(-4)}`
