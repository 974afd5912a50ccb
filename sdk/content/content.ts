import {
  type ContentCompression,
  type ContentMessage,
  decodeContentMessage,
  encodeContentMessage,
  maxMessageLength,
} from '../codec/index.ts'
import { BaseError } from '../errors.ts'
import { type CodecRegistry, type ContentCodec, type ContentTypeId, contentTypeId } from './codec.ts'
import { compress, decompress } from './compression.ts'
import { textType } from './text.ts'

/** Content shorter than this is not worth compressing (XMTP V2). */
const minCompressedLength = 10

/** What the content is, and whether to compress it. */
export type EncodeContentOptions = { type?: ContentTypeId | undefined; compression?: ContentCompression | undefined }

/** Encoded content, and whether it is worth a notification. */
export type MadeContent = { payload: Uint8Array; shouldPush: boolean }

/** Content as a reader gets it; where it cannot be read, what to show instead. */
export type DecodedContent =
  | { ok: true; type: ContentTypeId; content: unknown; fallback?: string | undefined }
  | {
      ok: false
      code: 'content.unknown-type' | 'content.undecodable'
      message: string
      type: ContentTypeId
      fallback?: string | undefined
    }

/**
 * Encodes content with the codec of its type. Leave compression off toward stock clients: they drop content that grows
 * beyond 1,000 bytes.
 */
export async function encodeContent(
  registry: CodecRegistry,
  content: unknown,
  { type = textType, compression }: EncodeContentOptions = {},
): Promise<MadeContent> {
  const codec = registry.codecFor(type)
  if (!codec) throw new ContentTypeUnknownError(`No codec for ${type}.`, { hint: 'Register one with the client.' })

  const encoded = codec.encode(content, registry)
  const fallback = codec.fallback(content)
  const message: ContentMessage = {
    type: encoded.type,
    parameters: encoded.parameters,
    content: encoded.content,
    ...(fallback && { fallback }),
  }
  const payload = encodeContentMessage(compression ? await compressContent(message, compression) : message)
  return { payload, shouldPush: codec.shouldPush(content) }
}

/** Decodes content. An unknown type or content that its codec refuses is a value with the fallback, not an error. */
export async function decodeContent(registry: CodecRegistry, payload: Uint8Array): Promise<DecodedContent> {
  const message = decodeContentMessage(payload)
  const type = contentTypeId(message.type)
  const shown = { type, fallback: message.fallback }
  const codec = registry.codecFor(type)
  if (!codec) return { ok: false, code: 'content.unknown-type', message: `No codec for ${type}.`, ...shown }
  try {
    return { ok: true, content: await readContent(message, codec, registry), ...shown }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ok: false, code: 'content.undecodable', message: reason, ...shown }
  }
}

async function compressContent(message: ContentMessage, compression: ContentCompression): Promise<ContentMessage> {
  if (message.content.length < minCompressedLength) return message
  return { ...message, compression, content: await compress(message.content, compression) }
}

async function readContent(message: ContentMessage, codec: ContentCodec, registry: CodecRegistry): Promise<unknown> {
  const { compression, content, ...rest } = message
  const bytes = compression ? await decompress(content, compression, maxMessageLength) : content
  return codec.decode({ ...rest, type: contentTypeId(message.type), content: bytes }, registry)
}

/** Content of a type that nothing can encode. */
export class ContentTypeUnknownError extends BaseError {
  override readonly code = 'content.unknown-type'
}
