import type { NodeEntry } from '../codec/checkpoint.ts'
import { toHex } from '../crypto/bytes.ts'
import { sha256 } from '../crypto/hash.ts'

/**
 * The node that alone may open a lane: the highest of sha256(node key ‖ subject), where the subject is the lane's first
 * nullifier or, without one, its use (rendezvous hashing, Thaler and Ravishankar 1998). Undefined where the set is empty.
 */
export function homeOf<N extends Pick<NodeEntry, 'key'>>(nodes: readonly N[], subject: Uint8Array): N | undefined {
  const ranked = nodes.map((node) => ({ node, weight: toHex(sha256(node.key, subject)) }))
  return ranked.reduce<(typeof ranked)[number] | undefined>(
    (best, candidate) => (best && best.weight >= candidate.weight ? best : candidate),
    undefined,
  )?.node
}
