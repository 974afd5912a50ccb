export { type Attachment, attachmentCodec, attachmentType, mostAttachmentBytes } from './attachment.ts'
export {
  type CodecRegistry,
  type ContentCodec,
  ContentRefusedError,
  type ContentTypeId,
  contentTypeId,
  createCodecRegistry,
  type EncodedContent,
  standardType,
} from './codec.ts'
export { CompressionRefusedError, compress, decompress } from './compression.ts'
export {
  ContentTypeUnknownError,
  type DecodedContent,
  decodeContent,
  encodeContent,
} from './content.ts'
export { mostReactionLength, type Reaction, reactionCodec, reactionType } from './reaction.ts'
export { type Reply, replyCodec, replyType } from './reply.ts'
export { textCodec, textType } from './text.ts'
