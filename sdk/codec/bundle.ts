import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type SignedPublicKeyBundle as BundleMessage,
  ContactBundleSchema,
  type PublicKeyBundle as LegacyBundleMessage,
  type PublicKeyBundleSchema,
  SignedPublicKeyBundleSchema,
} from '../generated/proto/xmtp/message_contents/v1/public_key_pb.ts'
import { decodeProto, encodeProto, required } from './protobuf.ts'
import { readLegacyKey, readSignedKey, type SignedPublicKey, writeLegacyKey, writeSignedKey } from './public-key.ts'

/**
 * What an account publishes (XMTP V2): its identity key, signed by the wallet, and its pre-key, signed by the identity
 * key. The legacy form differs on the wire only. Decoding checks shapes, not signatures.
 */
export type PublicKeyBundle = { identityKey: SignedPublicKey; preKey: SignedPublicKey }

/** Which form of a bundle goes on the wire: `v1` is the legacy one. */
export type BundleVersion = 'v1' | 'v2'

/** Encodes a bundle in its V2 form. */
export function encodeBundle(bundle: PublicKeyBundle): Uint8Array {
  return encodeProto(SignedPublicKeyBundleSchema, writeBundle(bundle))
}

/** Decodes a bundle in its V2 form. */
export function decodeBundle(bytes: Uint8Array): PublicKeyBundle {
  return readBundle(decodeProto(SignedPublicKeyBundleSchema, bytes))
}

/** What goes to the account's contact topic. Stock clients publish V1, then V2. */
export function encodeContact(bundle: PublicKeyBundle, version: BundleVersion): Uint8Array {
  return encodeProto(ContactBundleSchema, {
    version:
      version === 'v1'
        ? { case: 'v1', value: { keyBundle: writeLegacyBundle(bundle) } }
        : { case: 'v2', value: { keyBundle: writeBundle(bundle) } },
  })
}

/** Reads what was published to a contact topic, in either form. */
export function decodeContact(bytes: Uint8Array): PublicKeyBundle & { version: BundleVersion } {
  const { version } = decodeProto(ContactBundleSchema, bytes)
  if (version.case === 'v1') return { ...readLegacyBundle(version.value.keyBundle), version: 'v1' }
  return { ...readBundle(required(version.value, 'a contact bundle').keyBundle), version: 'v2' }
}

/** Checks and converts a decoded bundle. */
export function readBundle(message: BundleMessage | undefined): PublicKeyBundle {
  const { identityKey, preKey } = required(message, 'a key bundle')
  return { identityKey: readSignedKey(identityKey), preKey: readSignedKey(preKey) }
}

/** Checks and converts a decoded legacy bundle. */
export function readLegacyBundle(message: LegacyBundleMessage | undefined): PublicKeyBundle {
  const { identityKey, preKey } = required(message, 'a key bundle')
  return { identityKey: readLegacyKey(identityKey, 'wallet'), preKey: readLegacyKey(preKey, 'key') }
}

/** The message of a bundle. */
export function writeBundle(bundle: PublicKeyBundle): MessageInitShape<typeof SignedPublicKeyBundleSchema> {
  return { identityKey: writeSignedKey(bundle.identityKey), preKey: writeSignedKey(bundle.preKey) }
}

/** The message of a legacy bundle. */
export function writeLegacyBundle(bundle: PublicKeyBundle): MessageInitShape<typeof PublicKeyBundleSchema> {
  return { identityKey: writeLegacyKey(bundle.identityKey), preKey: writeLegacyKey(bundle.preKey) }
}
