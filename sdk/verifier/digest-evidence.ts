import type { Evidence, LaneRequest } from '../codec/lane.ts'
import { concatBytes, toBytes8, utf8 } from '../crypto/bytes.ts'
import { sha256 } from '../crypto/hash.ts'

/**
 * What a request shows to have its lane opened, 32 bytes: the same whenever its maker shows it again, whatever is made anew
 * then (a proof, a payment's path in a newer tree). Whoever keeps it with the lane can tell who asked for it from
 * who has only read what it is called.
 */
export function digestEvidence({ evidence, renewal }: Pick<LaneRequest, 'evidence' | 'renewal'>): Uint8Array {
  const parts = evidence.map(({ kind }) => sha256(concatBytes(utf8(String(kind.case)), identityOf(kind))))
  if (renewal) parts.push(sha256(concatBytes(utf8('renewal'), renewal.use, renewal.signature)))
  return sha256(concatBytes(...parts))
}

function identityOf(kind: Evidence['kind']): Uint8Array {
  switch (kind.case) {
    case 'ticket':
      return kind.value.nullifier
    case 'credential':
      // its share of the secret too, which nobody knows but who made it and who was shown it
      return concatBytes(kind.value.nullifier, kind.value.y)
    case 'claim':
      // the salt too: anybody could compute the nullifier
      return concatBytes(kind.value.nullifier, kind.value.salt)
    case 'holding':
      // what others have read of the chain says nothing of who shows it: the account's own signature does
      return concatBytes(kind.value.nullifier, kind.value.shown)
    case 'connection':
      return kind.value.statement
    case 'work':
      return toBytes8(kind.value.nonce)
    case 'payment':
      return concatBytes(kind.value.place?.terms?.root ?? none, kind.value.place?.salt ?? none)
    default:
      return none
  }
}

const none = new Uint8Array()
