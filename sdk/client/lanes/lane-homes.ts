import { toHex } from '../../crypto/index.ts'
import type { AnonymousNode, LaneRequestInit } from '../../transport/index.ts'
import { homeOf } from '../../verifier/index.ts'
import type { ClientNetwork } from '../session/network.ts'

/** A node, as the signed checkpoint names it. */
export type LaneHome = { readonly anonymous: AnonymousNode; readonly network: Pick<ClientNetwork, 'id' | 'nodeKey'> }

/** What decides where a lane is opened. */
export type HomeOptions = {
  readonly evidence?: LaneRequestInit['evidence'] | undefined
}

/** Nodes where lanes have their homes. */
export type LaneHomes = {
  /** Where a lane is, or is to be opened; undefined where that is the client's own node. */
  at(use: Uint8Array, options?: HomeOptions): LaneHome | undefined
}

type Node = { readonly url: string; readonly key: Uint8Array }

type Options = {
  readonly network: Pick<ClientNetwork, 'id' | 'nodeKey'>
  /** The nodes that the newest signed checkpoint names; empty before there is one. */
  readonly nodes: () => readonly Node[]
  readonly connect: (url: string) => AnonymousNode
}

/**
 * Finds the home of each lane by the signed set of nodes, never by what a node answers: a node could send a client to a host
 * of its own to learn its address. Remembers for one run where lanes were opened.
 */
export function createLaneHomes({ network, nodes, connect }: Options): LaneHomes {
  const byUrl = new Map<string, AnonymousNode>()
  const homes = new Map<string, LaneHome | undefined>()
  const isOwn = (node: Node | undefined) => !node || toHex(node.key) === toHex(network.nodeKey)

  function reach({ url, key }: Node): LaneHome {
    const anonymous = byUrl.get(url) ?? connect(url)
    byUrl.set(url, anonymous)
    return { anonymous, network: { id: network.id, nodeKey: key } }
  }

  return {
    at(use, options) {
      const name = toHex(use)
      if (homes.has(name) || !options) return homes.get(name)
      const node = homeOf(nodes(), subjectOf(options.evidence) ?? use)
      const home = node && !isOwn(node) ? reach(node) : undefined
      homes.set(name, home)
      return home
    },
  }
}

/** The first nullifier that the evidence shows. */
function subjectOf(evidence: LaneRequestInit['evidence']): Uint8Array | undefined {
  for (const { kind } of evidence ?? []) if (kind?.case === 'ticket') return kind.value.nullifier
  return undefined
}
