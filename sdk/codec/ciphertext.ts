import type { MessageInitShape } from '@bufbuild/protobuf'
import { aeadNonceLength, aeadTagLength, type Ciphertext } from '../crypto/index.ts'
import type {
  Ciphertext as CiphertextMessage,
  CiphertextSchema,
} from '../generated/proto/xmtp/message_contents/v1/ciphertext_pb.ts'
import { ProtobufMalformedError, required } from './protobuf.ts'

/** Checks and converts a decoded ciphertext: 32 bytes of salt, 12 of nonce, at least a tag. */
export function readCiphertext(message: CiphertextMessage | undefined): Ciphertext {
  const { hkdfSalt, gcmNonce, payload } = required(message?.union.value, 'a ciphertext')
  if (hkdfSalt.length !== 32 || gcmNonce.length !== aeadNonceLength || payload.length < aeadTagLength) {
    throw new ProtobufMalformedError('Expected a salt of 32 bytes, a nonce of 12 and at least a tag.')
  }
  return { salt: hkdfSalt, nonce: gcmNonce, payload }
}

/** The message of a ciphertext. */
export function writeCiphertext({ salt, nonce, payload }: Ciphertext): MessageInitShape<typeof CiphertextSchema> {
  return { union: { case: 'aes256GcmHkdfSha256', value: { hkdfSalt: salt, gcmNonce: nonce, payload } } }
}
