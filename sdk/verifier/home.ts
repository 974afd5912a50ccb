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
