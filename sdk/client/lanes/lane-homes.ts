import { toHex } from '../../crypto/index.ts'
import type { AnonymousNode, LaneRequestInit } from '../../transport/index.ts'
import { homeOf } from '../../verifier/index.ts'
import type { ClientNetwork } from '../session/network.ts'

/** A node, as the signed checkpoint names it. */
export type LaneHome = { readonly anonymous: AnonymousNode; readonly network: Pick<ClientNetwork, 'id' | 'nodeKey'> }

/** What decides where a lane is opened. */
export type HomeOptions = {
  readonly evidence?: LaneRequestInit['evidence'] | undefined
  /** The use of the lane that this one renews: only the node that has it can do that. */
  readonly renews?: Uint8Array | undefined
}

/** Nodes where lanes have their homes. */
export type LaneHomes = {
  /** Where a lane is, or is to be opened; undefined where that is the client's own node. */
  at(use: Uint8Array, options?: HomeOptions): LaneHome | undefined
  /** Whether a lane that is not open yet is at home where another one is, for everybody who knows its use and no more. */
  isBeside(use: Uint8Array, other: Uint8Array): boolean
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

  /** What everybody computes who knows no more of a lane than what it is. */
  function homeBy(subject: Uint8Array): LaneHome | undefined {
    const node = homeOf(nodes(), subject)
    return node && !isOwn(node) ? reach(node) : undefined
  }

  /** Where a lane is, as far as this run knows. */
  function at(use: Uint8Array, options?: HomeOptions): LaneHome | undefined {
    const name = toHex(use)
    if (homes.has(name)) return homes.get(name)
    const nullifier = subjectOf(options?.evidence)
    const home = options?.renews && !nullifier ? at(options.renews) : homeBy(nullifier ?? use)
    if (options) homes.set(name, home)
    return home
  }

  return {
    at,
    isBeside: (use, other) => nameOf(homeBy(use)) === nameOf(at(other)),
  }
}

const nameOf = (home: LaneHome | undefined): string | undefined => home && toHex(home.network.nodeKey)

/** The first nullifier that the evidence shows. */
function subjectOf(evidence: LaneRequestInit['evidence']): Uint8Array | undefined {
  for (const { kind } of evidence ?? []) {
    if (kind?.case === 'ticket' || kind?.case === 'credential') return kind.value.nullifier
  }
  return undefined
}
