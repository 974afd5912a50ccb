import { readChain } from '@pennypost/sdk/policy'
import { httpUrl, listOf } from '../../plugins/settings.ts'

/** An endpoint of a chain that facts are read from. */
export type FactSource = { readonly chainId: bigint; readonly url: string }

/** Reads `eip155:1=https://…,eip155:10=https://…`; a chain that is named again has several endpoints. */
export function factSources(text: string): readonly FactSource[] {
  return listOf((item) => {
    const at = item.indexOf('=')
    const chainId = readChain(item.slice(0, Math.max(at, 0)))
    if (chainId === undefined) throw new RangeError(`expected a chain such as eip155:1, = and a URL, found "${item}".`)
    return { chainId, url: httpUrl(item.slice(at + 1)) }
  })(text)
}

/** The URLs of each chain, separated by commas. */
export function groupSources(sources: readonly FactSource[]): Map<bigint, string> {
  const urls = new Map<bigint, string>()
  for (const { chainId, url } of sources) {
    const known = urls.get(chainId)
    urls.set(chainId, known === undefined ? url : `${known},${url}`)
  }
  return urls
}
