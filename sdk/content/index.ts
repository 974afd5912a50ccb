export {
  type CodecRegistry,
  type ContentCodec,
  type ContentTypeId,
  contentTypeId,
  createCodecRegistry,
  type EncodedContent,
} from './codec.ts'
export { CompressionRefusedError, compress, decompress } from './compression.ts'
export {
  ContentTypeUnknownError,
  type DecodedContent,
  decodeContent,
  encodeContent,
} from './content.ts'
export { textCodec, textType } from './text.ts'
