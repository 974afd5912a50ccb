import {
  decodeGrant,
  type Grant,
  grantStatement,
  type Receipt,
  receiptStatement,
  type SignedGrant,
} from '../codec/lane.ts'
import { ProtobufMalformedError } from '../codec/protobuf.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { verifyEd25519 } from '../crypto/ed25519.ts'

/** A grant's bytes and the signature over them: all that it takes to show it to others. */
export type KeptGrant = Pick<SignedGrant, 'grant' | 'signature'>

/** A receipt as it is kept. */
export type KeptReceipt = Pick<Receipt, 'digest' | 'sequence' | 'signature'>

/**
 * The grant, if the node with this key has signed it; undefined if it has not, or if it is not a grant.
 *
 * @example
 * ```ts
 * import { checkGrant } from '@pennypost/sdk/verifier'
 *
 * const grant = checkGrant(nodeKey, grants[0])
 * if (grant) console.log(`the lane is open until ${grant.expiresAt}`)
 * ```
 */
export function checkGrant(nodeKey: Uint8Array, { grant, signature }: KeptGrant): Grant | undefined {
  if (!verifyEd25519(signature, grantStatement(grant), nodeKey)) return undefined
  try {
    return decodeGrant(grant)
  } catch (error) {
    if (error instanceof ProtobufMalformedError) return undefined
    throw error
  }
}

/**
 * Whether the node with this key has signed that it stored the envelope with this digest, at this place in its order.
 *
 * @example
 * ```ts
 * import { checkReceipt } from '@pennypost/sdk/verifier'
 *
 * if (!checkReceipt(nodeKey, receipt)) console.log('the node has signed nothing of this')
 * ```
 */
export function checkReceipt(nodeKey: Uint8Array, { digest, sequence, signature }: KeptReceipt): boolean {
  return digest.length === 32 && verifyEd25519(signature, receiptStatement(digest, sequence), nodeKey)
}

/**
 * Whether two grants prove that a node has taken one ticket for two lanes: both are signed with its key, and they share a
 * nullifier and are for different uses. A grant that was asked for again is the same, so an honest node never signs two.
 *
 * @example
 * ```ts
 * import { provesDoubleGrant } from '@pennypost/sdk/verifier'
 *
 * if (provesDoubleGrant(grants[0], grants[1], nodeKey)) console.log('The node opened two lanes with one ticket.')
 * ```
 */
export function provesDoubleGrant(one: KeptGrant, other: KeptGrant, nodeKey: Uint8Array): boolean {
  const [first, second] = [checkGrant(nodeKey, one), checkGrant(nodeKey, other)]
  if (!first || !second || equalBytes(first.use, second.use)) return false
  return first.nullifiers.some((nullifier) => second.nullifiers.some((taken) => equalBytes(nullifier, taken)))
}
