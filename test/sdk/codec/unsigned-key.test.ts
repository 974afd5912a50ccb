import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { encodeProto } from '../../../sdk/codec/protobuf.ts'
import { encodeUnsignedKey } from '../../../sdk/codec/unsigned-key.ts'
import { UnsignedPublicKeySchema } from '../../../sdk/generated/proto/xmtp/message_contents/v1/public_key_pb.ts'

const publicKey = Uint8Array.from({ length: 65 }, (_, i) => (i === 0 ? 4 : i))

const byProtobuf = (created: bigint) =>
  encodeProto(UnsignedPublicKeySchema, { createdNs: created, secp256k1Uncompressed: { bytes: publicKey } })

describe('encodeUnsignedKey', () => {
  test.each([0n, 1n, 127n, 128n, 1_700_000_000_000n, 2n ** 63n, 2n ** 64n - 1n])(
    'writes the bytes of protobuf at %s',
    (created) => {
      expect(encodeUnsignedKey(publicKey, created)).toEqual(byProtobuf(created))
    },
  )

  prop.prop([fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })])('writes the bytes of protobuf at any time', (created) => {
    expect(encodeUnsignedKey(publicKey, created)).toEqual(byProtobuf(created))
  })

  test('refuses a time beyond 64 bits and a key of another length', () => {
    expect(() => encodeUnsignedKey(publicKey, 2n ** 64n)).toThrow(RangeError)
    expect(() => encodeUnsignedKey(publicKey, -1n)).toThrow(RangeError)
    expect(() => encodeUnsignedKey(publicKey.subarray(1), 1n)).toThrow('65 bytes')
  })
})
