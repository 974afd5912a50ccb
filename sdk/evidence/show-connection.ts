import { type ConnectionStatement, connectionStatement, encodeConnectionStatement } from '../codec/connection.ts'
import type { SignedPublicKey } from '../codec/public-key.ts'
import { writeLegacyKey, writeSignature } from '../codec/public-key.ts'
import { type RandomBytes, randomBytes } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { signDigest } from '../crypto/secp256k1.ts'

/** Whose word a connection is: the account's identity key as its wallet signed it, and the private half. */
export type ConnectionSigner = { readonly identityKey: SignedPublicKey; readonly privateKey: Uint8Array }

/** A serial to revoke a connection by. */
export const createSerial = (random: RandomBytes = randomBytes): Uint8Array => random(16)

/** The recipient's grant that a holder may write freely, until it expires or its serial is revoked. */
export function grantConnection(statement: ConnectionStatement, { identityKey, privateKey }: ConnectionSigner) {
  const bytes = encodeConnectionStatement(statement)
  const signature = signDigest(keccak256(connectionStatement(bytes)), privateKey)
  return {
    statement: bytes,
    identityKey: writeLegacyKey(identityKey),
    signature: writeSignature({ ...signature, signer: 'key' }),
  }
}
