import { type Ciphertext, concatBytes, fromBytes, toBytes8 } from '../crypto/index.ts'
import {
  MessageHeaderV1Schema,
  MessageHeaderV2Schema,
  MessageSchema,
  SignedContentSchema,
} from '../generated/proto/xmtp/message_contents/v1/message_pb.ts'
import { type PublicKeyBundle, readBundle, readLegacyBundle, writeBundle, writeLegacyBundle } from './bundle.ts'
import { readCiphertext, writeCiphertext } from './ciphertext.ts'
import { decodeProto, encodeProto, required, unknownFieldOf } from './protobuf.ts'
import { type KeySignature, readSignature, writeSignature } from './public-key.ts'

/** The header of a V1 message, in the clear; the time in milliseconds. */
export type MessageHeaderV1 = { sender: PublicKeyBundle; recipient: PublicKeyBundle; timestamp: bigint }

/** The header of a V2 message, in the clear. */
export type MessageHeaderV2 = { createdNs: bigint; topic: string }

/** A message as it lies on its topic; the tag of the ciphertext covers exactly `headerBytes`. */
export type SealedMessage =
  | { version: 'v1'; headerBytes: Uint8Array; header: MessageHeaderV1; ciphertext: Ciphertext }
  | {
      version: 'v2'
      headerBytes: Uint8Array
      header: MessageHeaderV2
      ciphertext: Ciphertext
      senderHmac?: Uint8Array | undefined
      shouldPush?: boolean | undefined
    }

/** The inside of a V2 message: content, its author's bundle and the author's pre-key signature. */
export type SignedContent = {
  payload: Uint8Array
  sender: PublicKeyBundle
  signature: KeySignature
  /** When its author wrote it, where the header says less. Only whoever has the conversation's key vouches for it. */
  sentNs?: bigint | undefined
}

/** Encodes the header of a V1 message. */
export function encodeHeaderV1({ sender, recipient, timestamp }: MessageHeaderV1): Uint8Array {
  return encodeProto(MessageHeaderV1Schema, {
    sender: writeLegacyBundle(sender),
    recipient: writeLegacyBundle(recipient),
    timestamp,
  })
}

/** Encodes the header of a V2 message. */
export function encodeHeaderV2(header: MessageHeaderV2): Uint8Array {
  return encodeProto(MessageHeaderV2Schema, header)
}

/** Encodes a message around a header encoded before. */
export function encodeSealedMessage(
  message:
    | { version: 'v1'; headerBytes: Uint8Array; ciphertext: Ciphertext }
    | {
        version: 'v2'
        headerBytes: Uint8Array
        ciphertext: Ciphertext
        senderHmac?: Uint8Array
        shouldPush?: boolean
      },
): Uint8Array {
  const { version, ciphertext, ...rest } = message
  return encodeProto(MessageSchema, {
    version: { case: version, value: { ...rest, ciphertext: writeCiphertext(ciphertext) } },
  })
}

/** Decodes a message and its header. */
export function decodeSealedMessage(bytes: Uint8Array): SealedMessage {
  const { version } = decodeProto(MessageSchema, bytes)
  if (version.case === 'v1') {
    const { headerBytes, ciphertext } = version.value
    return { version: 'v1', headerBytes, header: decodeHeaderV1(headerBytes), ciphertext: readCiphertext(ciphertext) }
  }
  const { headerBytes, ciphertext, senderHmac, shouldPush } = required(version.value, 'a message')
  const { createdNs, topic } = decodeProto(MessageHeaderV2Schema, headerBytes)
  return {
    version: 'v2',
    headerBytes,
    header: { createdNs, topic },
    ciphertext: readCiphertext(ciphertext),
    senderHmac,
    shouldPush,
  }
}

function decodeHeaderV1(bytes: Uint8Array): MessageHeaderV1 {
  const { sender, recipient, timestamp } = decodeProto(MessageHeaderV1Schema, bytes)
  return { sender: readLegacyBundle(sender), recipient: readLegacyBundle(recipient), timestamp }
}

/** A field of {@link SignedContent} that XMTP does not know: protobuf has every other client skip it. */
const [sentField, paddingField] = [14, 15]
const [fixed64, lengthDelimited] = [1, 2]

/** Encodes the inside of a V2 message. */
export function encodeSignedContent({ payload, sender, signature, sentNs }: SignedContent): Uint8Array {
  const content = encodeProto(SignedContentSchema, {
    payload,
    sender: writeBundle(sender),
    signature: writeSignature(signature),
  })
  if (sentNs === undefined) return content
  return concatBytes(content, Uint8Array.of((sentField << 3) | fixed64), toBytes8(sentNs).reverse())
}

/** What is around the inside of a V2 message, and some room: header, salt, nonce, tag and proof of the sender. */
const around = 256
/** The sizes that padded messages have: 1, 2 or 4 KiB, and whole units of 4 KiB beyond. */
const sizes = [1024, 2048, 4096]
/** Of the field that holds the padding: its tag, and its length in three bytes. */
const fieldLength = 4

/**
 * Pads the inside of a V2 message, so that the message shows a size of few. The padding is a field full of zeros that no
 * client reads.
 */
export function padSignedContent(content: Uint8Array): Uint8Array {
  const least = content.length + around + fieldLength
  const size = sizes.find((candidate) => candidate >= least) ?? 4096 * Math.ceil(least / 4096)
  const zeros = size - least
  const length = [0x80 | (zeros & 0x7f), 0x80 | ((zeros >> 7) & 0x7f), zeros >> 14]
  return concatBytes(content, Uint8Array.of((paddingField << 3) | lengthDelimited, ...length), new Uint8Array(zeros))
}

/** Decodes the inside of a V2 message. Checks shapes, not signatures. */
export function decodeSignedContent(bytes: Uint8Array): SignedContent {
  const { payload, sender, signature } = decodeProto(SignedContentSchema, bytes)
  const sent = unknownFieldOf(SignedContentSchema, bytes, { no: sentField, wireType: fixed64 })
  return {
    payload,
    sender: readBundle(sender),
    signature: readSignature(signature),
    ...(sent && { sentNs: fromBytes(sent.toReversed()) }),
  }
}
