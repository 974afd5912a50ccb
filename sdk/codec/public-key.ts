import type { MessageInitShape } from '@bufbuild/protobuf'
import { publicKeyLength, type RecoverableSignature } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import {
  type PublicKey,
  type PublicKeySchema,
  type Signature,
  type SignatureSchema,
  type SignedPublicKey as SignedPublicKeyMessage,
  type SignedPublicKeySchema,
  UnsignedPublicKeySchema,
} from '../generated/proto/xmtp/message_contents/v1/public_key_pb.ts'
import { decodeProto } from './protobuf.ts'
import { encodeUnsignedKey } from './unsigned-key.ts'

export { encodeUnsignedKey }

/** A signature and what made it: another key of the bundle, or the account's wallet. */
export type KeySignature = RecoverableSignature & { signer: 'key' | 'wallet' }

/**
 * A signed secp256k1 key of XMTP V2. `keyBytes` is exactly what was signed. A legacy key has the same bytes with
 * milliseconds in the place of nanoseconds.
 */
export type SignedPublicKey = {
  keyBytes: Uint8Array
  publicKey: Uint8Array
  created: bigint
  signature: KeySignature
}

/** Checks and converts a decoded signature: 64 bytes, recovery 0 or 1. */
export function readSignature(message: Signature | undefined): KeySignature {
  const union = message?.union
  if (!union?.value) throw new KeyEncodingError('Expected a signature.')
  const { bytes, recovery } = union.value
  if (bytes.length !== 64 || recovery > 1) throw new KeyEncodingError('Expected 64 bytes and recovery 0 or 1.')
  return { bytes, recovery, signer: union.case === 'ecdsaCompact' ? 'key' : 'wallet' }
}

/** The message of a signature. */
export function writeSignature({ bytes, recovery, signer }: KeySignature): MessageInitShape<typeof SignatureSchema> {
  const value = { bytes, recovery }
  return { union: signer === 'key' ? { case: 'ecdsaCompact', value } : { case: 'walletEcdsaCompact', value } }
}

/** Checks and converts a decoded SignedPublicKey. */
export function readSignedKey(message: SignedPublicKeyMessage | undefined): SignedPublicKey {
  if (!message) throw new KeyEncodingError('Expected a signed key.')
  const unsigned = decodeProto(UnsignedPublicKeySchema, message.keyBytes)
  return {
    keyBytes: message.keyBytes,
    publicKey: readPoint(unsigned.secp256k1Uncompressed?.bytes),
    created: unsigned.createdNs,
    signature: readSignature(message.signature),
  }
}

/** The message of a signed key. */
export function writeSignedKey({
  keyBytes,
  signature,
}: SignedPublicKey): MessageInitShape<typeof SignedPublicKeySchema> {
  return { keyBytes, signature: writeSignature(signature) }
}

/** Checks a legacy PublicKey and converts it; the signature is tagged as its place in the bundle demands. */
export function readLegacyKey(message: PublicKey | undefined, signer: KeySignature['signer']): SignedPublicKey {
  if (!message) throw new KeyEncodingError('Expected a key.')
  const publicKey = readPoint(message.secp256k1Uncompressed?.bytes)
  return {
    keyBytes: encodeUnsignedKey(publicKey, message.timestamp),
    publicKey,
    created: message.timestamp,
    signature: { ...readSignature(message.signature), signer },
  }
}

/** The legacy message of a signed key: its signature always carries the tag of a key. */
export function writeLegacyKey({
  publicKey,
  created,
  signature,
}: SignedPublicKey): MessageInitShape<typeof PublicKeySchema> {
  return {
    timestamp: created,
    signature: writeSignature({ ...signature, signer: 'key' }),
    secp256k1Uncompressed: { bytes: publicKey },
  }
}

function readPoint(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes?.length !== publicKeyLength || bytes[0] !== 4) throw new KeyEncodingError('Expected an uncompressed point.')
  return bytes
}

/** A key or signature of the wrong shape. */
export class KeyEncodingError extends BaseError {
  override readonly code = 'key.encoding'
}
