import { Compression, EncodedContentSchema } from '../generated/proto/xmtp/message_contents/v1/content_pb.ts'
import { decodeProto, encodeProto, ProtobufMalformedError, required } from './protobuf.ts'

/** What content is, e.g. `xmtp.org/text:1.0`. */
export type ContentTypeFields = { authorityId: string; typeId: string; versionMajor: number; versionMinor: number }

/** How the bytes of content are compressed: zlib (RFC 1950) or gzip (RFC 1952). */
export type ContentCompression = 'deflate' | 'gzip'

/** Content as it travels: typed bytes, and what to show where the type is unknown. */
export type ContentMessage = {
  type: ContentTypeFields
  parameters: Record<string, string>
  fallback?: string
  content: Uint8Array
  compression?: ContentCompression
}

/** Encodes content. */
export function encodeContentMessage(content: ContentMessage): Uint8Array {
  const { compression, type, ...rest } = content
  const { authorityId, typeId, versionMajor, versionMinor } = type
  return encodeProto(EncodedContentSchema, {
    ...rest,
    type: { authorityId, typeId, versionMajor, versionMinor },
    ...(compression && { compression: compression === 'gzip' ? Compression.GZIP : Compression.DEFLATE }),
  })
}

/** Decodes content; a compression that XMTP V2 does not name is refused. */
export function decodeContentMessage(bytes: Uint8Array): ContentMessage {
  const { type, parameters, fallback, content, compression } = decodeProto(EncodedContentSchema, bytes)
  const { authorityId, typeId, versionMajor, versionMinor } = required(type, 'a content type')
  return {
    type: { authorityId, typeId, versionMajor, versionMinor },
    parameters: { ...parameters },
    content,
    ...(fallback !== undefined && { fallback }),
    ...(compression !== undefined && { compression: readCompression(compression) }),
  }
}

function readCompression(compression: Compression): ContentCompression {
  if (compression === Compression.DEFLATE) return 'deflate'
  if (compression === Compression.GZIP) return 'gzip'
  throw new ProtobufMalformedError('Expected deflate or gzip.')
}
