import type { Ciphertext } from '../crypto/index.ts'
import {
  EncryptedPrivateKeyBundleSchema,
  PrivateKeyBundleSchema,
  type PrivateKey as PrivateKeyMessage,
  type Secp256k1Secret,
  type SignedPrivateKey as SignedPrivateKeyMessage,
} from '../generated/proto/xmtp/message_contents/v1/private_key_pb.ts'
import { readCiphertext, writeCiphertext } from './ciphertext.ts'
import { requireLength } from './message.ts'
import { decodeProto, encodeProto, ProtobufMalformedError, required } from './protobuf.ts'
import { type KeySignature, readLegacyKey, readSignedKey, type SignedPublicKey, writeLegacyKey } from './public-key.ts'

/** A secp256k1 secret (32 bytes) with its signed public half. */
export type PrivateKey = { secret: Uint8Array; publicKey: SignedPublicKey }

/** An account's keys, the newest pre-key first. */
export type PrivateKeyBundle = {
  identityKey: PrivateKey
  preKeys: readonly PrivateKey[]
  /** What keys for letters are derived from, 32 bytes each, the newest last; stock clients know of none. */
  sealedSeeds: readonly Uint8Array[]
}

/** The backup of an account's keys: what the wallet signs to open it, and the keys encrypted to that signature. */
export type KeyBackup = { walletPreKey: Uint8Array; ciphertext: Ciphertext }

/** Encodes keys as XMTP V2 clients store them: in the V1 form, the only one they create. */
export function encodePrivateKeys({ identityKey, preKeys, sealedSeeds }: PrivateKeyBundle): Uint8Array {
  const value = { identityKey: writePrivateKey(identityKey), preKeys: preKeys.map(writePrivateKey) }
  return encodeProto(PrivateKeyBundleSchema, { version: { case: 'v1', value }, sealedSeeds: [...sealedSeeds] })
}

/** Decodes keys of either form. Checks shapes, not whether the halves of a key belong together. */
export function decodePrivateKeys(bytes: Uint8Array): PrivateKeyBundle {
  const { version, sealedSeeds } = decodeProto(PrivateKeyBundleSchema, bytes)
  for (const seed of sealedSeeds) requireLength('a seed of keys for letters', seed, 32)
  switch (version.case) {
    case 'v1':
      return {
        identityKey: readPrivateKey(version.value.identityKey, 'wallet'),
        preKeys: version.value.preKeys.map((key) => readPrivateKey(key, 'key')),
        sealedSeeds,
      }
    case 'v2':
      return {
        identityKey: readSignedPrivateKey(version.value.identityKey),
        preKeys: version.value.preKeys.map(readSignedPrivateKey),
        sealedSeeds,
      }
    default:
      throw new ProtobufMalformedError('Expected a private key bundle.')
  }
}

/** Encodes a backup. */
export function encodeKeyBackup({ walletPreKey, ciphertext }: KeyBackup): Uint8Array {
  const value = { walletPreKey, ciphertext: writeCiphertext(ciphertext) }
  return encodeProto(EncryptedPrivateKeyBundleSchema, { version: { case: 'v1', value } })
}

/** Decodes a backup. */
export function decodeKeyBackup(bytes: Uint8Array): KeyBackup {
  const { version } = decodeProto(EncryptedPrivateKeyBundleSchema, bytes)
  const { walletPreKey, ciphertext } = required(version.value, 'an encrypted key bundle')
  if (walletPreKey.length === 0) throw new ProtobufMalformedError('Expected a wallet pre-key.')
  return { walletPreKey, ciphertext: readCiphertext(ciphertext) }
}

function writePrivateKey({ secret, publicKey }: PrivateKey) {
  return { timestamp: publicKey.created, secp256k1: { bytes: secret }, publicKey: writeLegacyKey(publicKey) }
}

function readPrivateKey(message: PrivateKeyMessage | undefined, signer: KeySignature['signer']): PrivateKey {
  const { secp256k1, publicKey } = required(message, 'a private key')
  return { secret: readSecret(secp256k1), publicKey: readLegacyKey(publicKey, signer) }
}

function readSignedPrivateKey(message: SignedPrivateKeyMessage | undefined): PrivateKey {
  const { secp256k1, publicKey } = required(message, 'a private key')
  return { secret: readSecret(secp256k1), publicKey: readSignedKey(publicKey) }
}

function readSecret(message: Secp256k1Secret | undefined): Uint8Array {
  const { bytes } = required(message, 'a secret')
  if (bytes.length !== 32) throw new ProtobufMalformedError('Expected a secret of 32 bytes.')
  return bytes
}
