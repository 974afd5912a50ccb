import { networkIdOf, toHex, zeroAddress } from '@pennypost/sdk/crypto'
import { SettingInvalidError } from '../plugins/settings.ts'
import type { NodeConfig } from './config.ts'

type Asked = Pick<NodeConfig, 'provers' | 'network' | 'chainId' | 'noteTree' | 'checkpointRegistry'>
type Asking = { readonly fetch: typeof fetch; readonly patienceMs?: number | undefined }
type Setting = { readonly name: string; readonly value: string; readonly of: (info: Info) => unknown }
type Info = Readonly<Record<string, unknown>>

const longestInfo = 65_536

/**
 * Compares what a node was told of its network with what its provers sign for. Throws {@link SettingInvalidError}, which names the
 * setting, where all that answer sign for something else: nothing of theirs could ever be followed. Who is silent is not waited for.
 */
export async function checkProvers(config: Asked, asking: Asking): Promise<void> {
  const answers = await Promise.all(config.provers.map((url) => readInfo(url, asking)))
  const infos = answers.flatMap((info, i) => (info ? [{ url: config.provers[i], info }] : []))
  for (const { name, value, of } of settingsOf(config)) {
    const [other] = infos
    if (!other || infos.some(({ info }) => isSame(of(info), value))) continue
    throw new SettingInvalidError(`${name} is ${value}, and ${other.url} signs for ${of(other.info)}.`, {
      hint: 'Correct the setting, or PENNYPOST_PROVERS.',
    })
  }
}

const settingsOf = ({ network, chainId, noteTree, checkpointRegistry }: Asked): Setting[] => [
  { name: 'PENNYPOST_NETWORK', value: network, of: (info) => sameNetwork(info, network) },
  { name: 'PENNYPOST_CHAIN_ID', value: `${chainId}`, of: ({ chainId: found }) => found },
  { name: 'PENNYPOST_NOTE_TREE', value: noteTree ?? zeroAddress, of: ({ noteTree: found }) => found },
  {
    name: 'PENNYPOST_CHECKPOINT_REGISTRY',
    value: checkpointRegistry ?? zeroAddress,
    of: ({ checkpointRegistry: found }) => found ?? zeroAddress,
  },
]

/** The network by its name, as far as that is true. */
const sameNetwork = ({ network, networkId }: Info, own: string): unknown =>
  networkId === toHex(networkIdOf(own)) ? own : network

const isSame = (found: unknown, value: string): boolean => `${found}`.toLowerCase() === value.toLowerCase()

/** What a prover says of itself; nothing where it does not answer, or not like one. */
async function readInfo(url: string, { fetch, patienceMs = 2_000 }: Asking): Promise<Info | undefined> {
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/v1/info`, { signal: AbortSignal.timeout(patienceMs) })
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > longestInfo) return undefined
    const info = await response.json()
    return typeof info?.noteTree === 'string' ? info : undefined
  } catch {
    return undefined
  }
}
