import { generatePrivateKey } from 'viem/accounts'
import { Client, type Storage } from '../../sdk/index.ts'
import type { LocalNetwork } from './network.ts'

/** A network with somebody who is written to. */
export type Stage = { readonly network: LocalNetwork; readonly bob: Client }

/** A new client with some ether, some tokens and every contract. */
export async function join(network: LocalNetwork, tokens: bigint): Promise<Client> {
  const key = generatePrivateKey()
  await network.fund(key, tokens * 10n ** 18n)
  const { node, prover, trust } = network
  const device = { index: 0, count: 1 } // the only one: stakes need to know
  const on = { node: node.url, prover: prover.url, network: trust, chain: network.chainOptions(key) }
  const options = { ...on, device, storage: memoryStorage() }
  return Client.create(network.connect(key).account, options)
}

/** A storage that lasts as long as the story. */
function memoryStorage(): Storage {
  const saved = new Map<string, Uint8Array>()
  return {
    get: async (key) => saved.get(key),
    set: async (key, value) => void saved.set(key, value),
  }
}

/** Throws where a step was refused that must not be. */
export function must(result: { readonly ok: boolean; readonly message?: string }): void {
  if (!result.ok) throw new Error(result.message ?? 'refused')
}

/** The two ends of a long hex number. */
export const short = (hex: string): string => `${hex.slice(0, 8)}…${hex.slice(-4)}`
