import { equalBytes, toHex } from '../../crypto/index.ts'
import type { NodeClient, NodeInfo } from '../../transport/index.ts'
import type { ClientNetwork } from '../session/network.ts'

/** A node other than the client's own. */
export type LaneHome = { readonly node: NodeClient; readonly network: Pick<ClientNetwork, 'id' | 'nodeKey'> }

/** Nodes where lanes have their homes, and which lanes. */
export type LaneHomes = {
  /** The node at a URL; undefined where it is of another network. */
  reach(url: string, signal?: AbortSignal): Promise<LaneHome | undefined>
  keep(use: Uint8Array, home: LaneHome): void
  /** Where a lane was opened; undefined where that is the client's own node. */
  of(use: Uint8Array): LaneHome | undefined
}

type Options = { readonly networkId: Uint8Array; readonly connect: (url: string) => NodeClient }

/** Remembers for one run of the client where its lanes are. Their homes are asked only when the own node sends there. */
export function createLaneHomes({ networkId, connect }: Options): LaneHomes {
  const known = new Map<string, Promise<LaneHome | undefined>>()
  const homes = new Map<string, LaneHome>()

  async function meet(url: string, signal: AbortSignal | undefined): Promise<LaneHome | undefined> {
    const node = connect(url)
    const info: NodeInfo = await node.info(signal ? { signal } : {})
    if (!equalBytes(info.network.id, networkId)) return undefined
    return { node, network: { id: networkId, nodeKey: info.nodeKey } }
  }

  return {
    keep: (use, home) => void homes.set(toHex(use), home),
    of: (use) => homes.get(toHex(use)),
    reach(url, signal) {
      const meeting = known.get(url) ?? meet(url, signal)
      known.set(url, meeting)
      meeting.catch(() => known.delete(url)) // it is asked again the next time
      return meeting
    },
  }
}
