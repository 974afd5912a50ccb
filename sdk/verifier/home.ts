import type { NodeEntry } from '../codec/checkpoint.ts'
import { toHex } from '../crypto/bytes.ts'
import { sha256 } from '../crypto/hash.ts'

/**
 * The node that alone takes a nullifier, or opens a lane without any: the highest of sha256(node key ‖ subject), where the
 * subject is the nullifier or the lane's use (rendezvous hashing, Thaler and Ravishankar 1998). All nullifiers of a lane
 * have one home. Undefined if the set is empty.
 *
 * @example
 * ```ts
 * import { homeOf } from '@pennypost/sdk/verifier'
 *
 * const url = homeOf(checkpoint.nodes, nullifier)?.url
 * ```
 */
export function homeOf<N extends Pick<NodeEntry, 'key'>>(nodes: readonly N[], subject: Uint8Array): N | undefined {
  const ranked = nodes.map((node) => ({ node, weight: toHex(sha256(node.key, subject)) }))
  return ranked.reduce<(typeof ranked)[number] | undefined>(
    (best, candidate) => (best && best.weight >= candidate.weight ? best : candidate),
    undefined,
  )?.node
}

/** A set of nodes, as checkpoints name them one after the other. */
export type NodeSet = {
  readonly nodes: readonly Pick<NodeEntry, 'url' | 'key'>[]
  /** Number of the first checkpoint that names it. */
  readonly from: bigint
  /** Unix second since which another one holds; undefined for the newest. */
  readonly until?: bigint | undefined
}

/**
 * The nodes, but for the one that asks, that may have taken a nullifier before the newest set of nodes was named: its homes
 * by each set before, oldest first, that held at or after `since`. While no node was named, it may have been any of them.
 * A node takes a nullifier only once each of these has said that it has not, by a checkpoint that names the newest set too.
 */
export function formerHomesOf(
  sets: readonly NodeSet[],
  subject: Uint8Array,
  { self, since }: { readonly self: Uint8Array; readonly since: bigint },
): Pick<NodeEntry, 'url' | 'key'>[] {
  const named = new Map(sets.flatMap(({ nodes }) => nodes).map((node) => [toHex(node.key), node])) // with its newest URL
  const former = sets.filter(({ until }) => until !== undefined && until >= since)
  const homes = former.flatMap(({ nodes }) => homeOf(nodes, subject) ?? (nodes.length > 0 ? [] : [...named.values()]))
  const keys = new Set(homes.map(({ key }) => toHex(key)))
  keys.delete(toHex(self))
  return [...keys].flatMap((key) => named.get(key) ?? [])
}
