import { decodeContentMessage, encodeContentMessage } from '../codec/index.ts'
import {
  type CodecRegistry,
  type ContentCodec,
  ContentRefusedError,
  type ContentTypeId,
  contentTypeId,
  standardType,
} from './codec.ts'
import { requireReference } from './reference.ts'

/** `xmtp.org/reply:1.0`. */
export const replyType = standardType('reply')

/** Content that answers one message of the same conversation. */
export type Reply = {
  /** The message's id. */
  readonly reference: string
  /** What is said, of `contentType`; anything that has a codec, but no further reply. */
  readonly content: unknown
  readonly contentType: ContentTypeId
}

/** Replies as stock apps write and read them: encoded content inside content. */
export const replyCodec: ContentCodec<Reply, Record<string, string>> = {
  contentType: replyType,
  encode({ reference, content, contentType }, registry) {
    const { type, parameters, content: bytes } = codecOf(contentType, registry).encode(content, registry)
    return {
      type: replyType,
      parameters: { contentType: String(contentType), reference: requireReference(reference) },
      content: encodeContentMessage({ type, parameters, content: bytes }),
    }
  },
  decode({ parameters, content }, registry) {
    const { type, compression, ...inner } = decodeContentMessage(content)
    if (compression) throw new ContentRefusedError('What a reply says is compressed with the reply, or not at all.')
    const contentType = contentTypeId(type)
    const said = codecOf(contentType, registry).decode({ ...inner, type: contentType }, registry)
    return { reference: requireReference(parameters.reference), content: said, contentType }
  },
  fallback: ({ content }) =>
    typeof content === 'string' ? `Replied with “${content}” to an earlier message` : 'Replied to an earlier message',
  shouldPush: () => true,
}

/** Replies within replies are nobody's wish, and as deep as their writer likes. */
function codecOf(type: ContentTypeId, registry: CodecRegistry): ContentCodec {
  if (type.sameAs(replyType)) throw new ContentRefusedError('A reply says no further reply.')
  const codec = registry.codecFor(type)
  if (!codec) throw new ContentRefusedError(`The reply says something of type ${type}, which has no codec here.`)
  return codec
}
