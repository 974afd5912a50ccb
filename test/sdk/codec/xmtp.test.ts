import { readFileSync } from 'node:fs'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import * as codec from '../../../sdk/codec/index.ts'
import { concatBytes, fromHex, toHex } from '../../../sdk/crypto/index.ts'
import { CiphertextSchema } from '../../../sdk/generated/proto/xmtp/message_contents/v1/ciphertext_pb.ts'
import { EncodedContentSchema } from '../../../sdk/generated/proto/xmtp/message_contents/v1/content_pb.ts'
import { InvitationV1Schema } from '../../../sdk/generated/proto/xmtp/message_contents/v1/invitation_pb.ts'
import {
  EncryptedPrivateKeyBundleSchema,
  PrivateKeyBundleSchema,
} from '../../../sdk/generated/proto/xmtp/message_contents/v1/private_key_pb.ts'
import {
  PublicKeySchema,
  SignatureSchema,
  SignedPublicKeySchema,
  UnsignedPublicKeySchema,
} from '../../../sdk/generated/proto/xmtp/message_contents/v1/public_key_pb.ts'
import { expectTyped } from '../../helpers/random.ts'

const vector = JSON.parse(readFileSync('test/vectors/xmtp-v2.json', 'utf8'))
const keysA = codec.decodePrivateKeys(fromHex(vector.keysA))
const keysB = codec.decodePrivateKeys(fromHex(vector.keysB))
const bundleOf = ({ identityKey, preKeys }: codec.PrivateKeyBundle): codec.PublicKeyBundle => ({
  identityKey: identityKey.publicKey,
  preKey: preKeys[0]!.publicKey,
})
const [bundleA, bundleB] = [bundleOf(keysA), bundleOf(keysB)]

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const uint64s = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const texts = fc.string({ unit: 'grapheme' })
const words = fc.string({ unit: 'grapheme', minLength: 1 })
const maps = fc.dictionary(
  words.filter((key) => key !== '__proto__'),
  texts,
  { noNullPrototype: true },
)
const ciphertexts = fc.record({ salt: bytes(32), nonce: bytes(12), payload: fc.uint8Array({ minLength: 16 }) })
const bundles = fc.constantFrom(bundleA, bundleB)

describe('keys and bundles', () => {
  test('of the fixed vector are decoded and encoded to the same bytes', () => {
    expect(toHex(codec.encodePrivateKeys(keysA))).toBe(vector.keysA)
    expect(toHex(codec.encodePrivateKeys(keysB))).toBe(vector.keysB)
    expect(codec.recoverWallet(keysA.identityKey.publicKey)).toBe(vector.wallets.A.address)
    expect(codec.recoverWallet(keysB.identityKey.publicKey)).toBe(vector.wallets.B.address)
  })

  test('are the same in the V2 form', () => {
    const signed = ({ secret, publicKey: { keyBytes, created, signature } }: codec.PrivateKey) => ({
      createdNs: created,
      secp256k1: { bytes: secret },
      publicKey: { keyBytes, signature: codec.writeSignature(signature) },
    })
    const value = { identityKey: signed(keysA.identityKey), preKeys: keysA.preKeys.map(signed) }
    const v2 = codec.encodeProto(PrivateKeyBundleSchema, { version: { case: 'v2', value } })
    expect(codec.decodePrivateKeys(v2)).toEqual(keysA)
  })

  test('round-trip in both forms of a contact', () => {
    expect(codec.decodeBundle(codec.encodeBundle(bundleA))).toEqual(bundleA)
    for (const version of ['v1', 'v2'] as const) {
      expect(codec.decodeContact(codec.encodeContact(bundleA, version))).toEqual({ ...bundleA, version })
    }
  })

  prop.prop([fc.uint8Array({ minLength: 1 }), ciphertexts])('backups round-trip', (walletPreKey, ciphertext) => {
    const backup = { walletPreKey, ciphertext }
    expect(codec.decodeKeyBackup(codec.encodeKeyBackup(backup))).toEqual(backup)
  })

  const key = { keyBytes: bundleA.identityKey.keyBytes, signature: codec.writeSignature(bundleA.identityKey.signature) }
  const unsigned = (point: Uint8Array) =>
    codec.encodeProto(UnsignedPublicKeySchema, { secp256k1Uncompressed: { bytes: point } })
  test.each<[string, () => unknown]>([
    [
      'a signature of 63 bytes',
      () => readSignature({ case: 'ecdsaCompact', value: { bytes: new Uint8Array(63), recovery: 0 } }),
    ],
    [
      'a signature with recovery 2',
      () => readSignature({ case: 'ecdsaCompact', value: { bytes: new Uint8Array(64), recovery: 2 } }),
    ],
    ['a signature of neither kind', () => readSignature({ case: undefined })],
    ['a compressed key', () => readKey({ ...key, keyBytes: unsigned(new Uint8Array(33).fill(2)) })],
    ['a point of the hybrid form', () => readKey({ ...key, keyBytes: unsigned(new Uint8Array(65).fill(6)) })],
    ['an unsigned key', () => readKey({ keyBytes: key.keyBytes })],
    ['a key without bytes', () => readKey({ ...key, keyBytes: new Uint8Array() })],
    ['no key', () => codec.readSignedKey(undefined)],
    ['no legacy key', () => codec.readLegacyKey(undefined, 'key')],
    [
      'an unsigned legacy key',
      () =>
        codec.readLegacyKey(
          reread(PublicKeySchema, { secp256k1Uncompressed: { bytes: bundleA.preKey.publicKey } }),
          'key',
        ),
    ],
    ['an empty contact', () => codec.decodeContact(new Uint8Array())],
    ['an empty bundle', () => codec.decodeBundle(new Uint8Array())],
    ['no private keys', () => codec.decodePrivateKeys(new Uint8Array())],
    ['a private key of 31 bytes', () => codec.decodePrivateKeys(withSecret(31))],
    ['an empty backup', () => codec.decodeKeyBackup(new Uint8Array())],
    ['a backup without its wallet pre-key', () => codec.decodeKeyBackup(backupOf(new Uint8Array()))],
  ])('refuse %s', (_, decode) => {
    expect(decode).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(key\.encoding|protobuf\.malformed)$/) }),
    )
  })
})

describe('ciphertexts', () => {
  const good = { hkdfSalt: new Uint8Array(32), gcmNonce: new Uint8Array(12), payload: new Uint8Array(16) }
  test.each([
    ['a short salt', { ...good, hkdfSalt: new Uint8Array(31) }],
    ['a long nonce', { ...good, gcmNonce: new Uint8Array(13) }],
    ['less than a tag', { ...good, payload: new Uint8Array(15) }],
  ])('refuse %s', (_, value) => {
    const message = reread(CiphertextSchema, { union: { case: 'aes256GcmHkdfSha256', value } })
    expect(() => codec.readCiphertext(message)).toThrow(codec.ProtobufMalformedError)
  })

  test('refuse nothing at all', () => {
    expect(() => codec.readCiphertext(undefined)).toThrow(codec.ProtobufMalformedError)
  })
})

describe('invitations', () => {
  const proofs = fc.record({ signature: texts, timestamp: uint64s, payloadVersion: fc.nat() })
  const contexts = fc.record({ conversationId: texts, metadata: maps })
  const invitations = fc.record(
    { topic: words, keyMaterial: fc.uint8Array({ minLength: 1 }), context: contexts, consentProof: proofs },
    { requiredKeys: ['topic', 'keyMaterial'] },
  )

  prop.prop([invitations])('round-trip inside', (invitation) => {
    expect(codec.decodeInvitation(codec.encodeInvitation(invitation))).toEqual(invitation)
  })

  prop.prop([bundles, bundles, uint64s, ciphertexts])(
    'round-trip outside',
    (sender, recipient, createdNs, ciphertext) => {
      const header = { sender, recipient, createdNs }
      const headerBytes = codec.encodeInvitationHeader(header)
      const sealed = codec.encodeSealedInvitation({ headerBytes, ciphertext })
      expect(codec.decodeSealedInvitation(sealed)).toEqual({ headerBytes, header, ciphertext })
    },
  )

  test.each<[string, () => unknown]>([
    ['without a topic', () => codec.decodeInvitation(invitationOf({ topic: '', keyMaterial: new Uint8Array(32) }))],
    ['without a key', () => codec.decodeInvitation(invitationOf({ topic: 'x', keyMaterial: new Uint8Array() }))],
    ['without encryption', () => codec.decodeInvitation(codec.encodeProto(InvitationV1Schema, { topic: 'x' }))],
    ['without an outside', () => codec.decodeSealedInvitation(new Uint8Array())],
  ])('are refused %s', (_, decode) => {
    expect(decode).toThrow(codec.ProtobufMalformedError)
  })
})

describe('messages', () => {
  prop.prop([bundles, bundles, uint64s, ciphertexts])(
    'of V1 round-trip',
    (sender, recipient, timestamp, ciphertext) => {
      const header = { sender, recipient, timestamp }
      const headerBytes = codec.encodeHeaderV1(header)
      const message = { version: 'v1', headerBytes, ciphertext } as const
      expect(codec.decodeSealedMessage(codec.encodeSealedMessage(message))).toEqual({ ...message, header })
    },
  )

  const marks = fc.record({ senderHmac: bytes(32), shouldPush: fc.boolean() }, { requiredKeys: [] })
  prop.prop([uint64s, texts, ciphertexts, marks])('of V2 round-trip', (createdNs, topic, ciphertext, mark) => {
    const headerBytes = codec.encodeHeaderV2({ createdNs, topic })
    const message = { version: 'v2', headerBytes, ciphertext, ...mark } as const
    const decoded = codec.decodeSealedMessage(codec.encodeSealedMessage(message))
    expect(decoded).toEqual({ ...message, header: { createdNs, topic } })
  })

  prop.prop([fc.uint8Array(), bundles, fc.constantFrom('key', 'wallet')])(
    'signed content round-trips',
    (payload, sender, signer) => {
      const content = { payload, sender, signature: { ...sender.preKey.signature, signer } } as codec.SignedContent
      expect(codec.decodeSignedContent(codec.encodeSignedContent(content))).toEqual(content)
    },
  )

  test('are refused when empty', () => {
    expect(() => codec.decodeSealedMessage(new Uint8Array())).toThrow(codec.ProtobufMalformedError)
  })
})

describe('content and preferences', () => {
  const types = fc.record({ authorityId: texts, typeId: texts, versionMajor: fc.nat(), versionMinor: fc.nat() })
  const contents = fc.record(
    {
      type: types,
      parameters: maps,
      content: fc.uint8Array(),
      fallback: texts,
      compression: fc.constantFrom('deflate', 'gzip'),
    },
    { requiredKeys: ['type', 'parameters', 'content'] },
  )

  prop.prop([contents])('content round-trips', (content) => {
    const message = content as codec.ContentMessage
    expect(codec.decodeContentMessage(codec.encodeContentMessage(message))).toEqual(message)
  })

  const actions = fc.record({
    state: fc.constantFrom('allowed', 'denied'),
    subject: fc.constantFrom('address', 'group', 'inbox'),
    values: fc.array(texts),
  })
  prop.prop([actions])('consent round-trips', (action) => {
    const entry = action as codec.ConsentAction
    expect(codec.decodeConsentAction(codec.encodeConsentAction(entry))).toEqual(entry)
  })

  prop.prop([ciphertexts])('what lies on the preferences topic round-trips', (ciphertext) => {
    expect(codec.decodePreferences(codec.encodePreferences(ciphertext))).toEqual(ciphertext)
  })

  test.each<[string, () => unknown]>([
    ['content without a type', () => codec.decodeContentMessage(new Uint8Array())],
    [
      'an unknown compression',
      () => codec.decodeContentMessage(codec.encodeProto(EncodedContentSchema, { type: {}, compression: 2 as never })),
    ],
    ['an empty action', () => codec.decodeConsentAction(new Uint8Array())],
    ['empty preferences', () => codec.decodePreferences(new Uint8Array())],
  ])('%s is refused', (_, decode) => {
    expect(decode).toThrow(codec.ProtobufMalformedError)
  })
})

describe.each<[string, (input: Uint8Array) => unknown]>([
  ['a contact', codec.decodeContact],
  ['a bundle', codec.decodeBundle],
  ['private keys', codec.decodePrivateKeys],
  ['a backup', codec.decodeKeyBackup],
  ['a sealed invitation', codec.decodeSealedInvitation],
  ['an invitation', codec.decodeInvitation],
  ['a sealed message', codec.decodeSealedMessage],
  ['signed content', codec.decodeSignedContent],
  ['content', codec.decodeContentMessage],
  ['a consent action', codec.decodeConsentAction],
  ['preferences', codec.decodePreferences],
])('random bytes as %s', (_, decode) => {
  const samples = [codec.encodeContact(bundleA, 'v1'), codec.encodeContact(bundleA, 'v2'), fromHex(vector.keysA)]

  prop.prop([fc.uint8Array({ maxLength: 300 })])('throw nothing but typed errors', (input) => {
    expectTyped(() => decode(input))
  })

  prop.prop([fc.constantFrom(...samples), fc.nat(), fc.uint8Array({ maxLength: 4 })])(
    'throw nothing but typed errors where real ones are damaged',
    (sample, at, damage) => {
      const cut = at % sample.length
      expectTyped(() => decode(concatBytes(sample.subarray(0, cut), damage, sample.subarray(cut + damage.length))))
    },
  )
})

function reread<Schema extends Parameters<typeof codec.decodeProto>[0]>(
  schema: Schema,
  init: Parameters<typeof codec.encodeProto<Schema>>[1],
) {
  return codec.decodeProto(schema, codec.encodeProto(schema, init))
}

type SignatureUnion = NonNullable<Parameters<typeof codec.encodeProto<typeof SignatureSchema>>[1]['union']>

function readSignature(union: SignatureUnion) {
  return codec.readSignature(reread(SignatureSchema, { union }))
}

function readKey(init: Parameters<typeof codec.encodeProto<typeof SignedPublicKeySchema>>[1]) {
  return codec.readSignedKey(reread(SignedPublicKeySchema, init))
}

function withSecret(length: number) {
  return codec.encodePrivateKeys({ ...keysA, identityKey: { ...keysA.identityKey, secret: new Uint8Array(length) } })
}

function backupOf(walletPreKey: Uint8Array) {
  const ciphertext = codec.writeCiphertext({
    salt: new Uint8Array(32),
    nonce: new Uint8Array(12),
    payload: new Uint8Array(16),
  })
  return codec.encodeProto(EncryptedPrivateKeyBundleSchema, {
    version: { case: 'v1', value: { walletPreKey, ciphertext } },
  })
}

function invitationOf({ topic, keyMaterial }: { topic: string; keyMaterial: Uint8Array }) {
  const encryption = { case: 'aes256GcmHkdfSha256', value: { keyMaterial } } as const
  return codec.encodeProto(InvitationV1Schema, { topic, encryption })
}
