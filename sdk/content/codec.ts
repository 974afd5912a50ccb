import type { ContentTypeFields } from '../codec/index.ts'
import { BaseError } from '../errors.ts'

/** What content is; compatible with `ContentTypeId` of `@xmtp/content-type-primitives`. */
export type ContentTypeId = ContentTypeFields & {
  toString(): string
  /** Whether the other names the same type, in whatever version. */
  sameAs(other: ContentTypeId): boolean
}

/** Content as a codec makes and takes it; compatible with `EncodedContent` of `@xmtp/content-type-primitives`. */
export type EncodedContent<Parameters = Record<string, string>> = {
  type: ContentTypeId
  parameters: Parameters
  fallback?: string
  compression?: number
  content: Uint8Array
}

/**
 * What turns one type of content into bytes and back. The interface of the published `@xmtp/content-type-*` packages, so
 * that their codecs plug in.
 */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds codecs of all contents
export type ContentCodec<Content = any, Parameters = any> = {
  contentType: ContentTypeId
  encode(content: Content, registry: CodecRegistry): EncodedContent<Parameters>
  decode(content: EncodedContent<Parameters>, registry: CodecRegistry): Content
  /** What to show where the type is unknown. */
  fallback(content: Content): string | undefined
  /** Whether a message of this content is worth a notification. */
  shouldPush: (content: Content) => boolean
}

/** Finds codecs by content type. */
export type CodecRegistry = { codecFor(type: ContentTypeId): ContentCodec | undefined }

/** A content type with the methods that published codecs call. */
export function contentTypeId({ authorityId, typeId, versionMajor, versionMinor }: ContentTypeFields): ContentTypeId {
  return {
    authorityId,
    typeId,
    versionMajor,
    versionMinor,
    toString: () => `${authorityId}/${typeId}:${versionMajor}.${versionMinor}`,
    sameAs: (other) => authorityId === other.authorityId && typeId === other.typeId,
  }
}

/** A content type of XMTP's own, `xmtp.org/typeId:1.0`. */
export const standardType = (typeId: string): ContentTypeId =>
  contentTypeId({ authorityId: 'xmtp.org', typeId, versionMajor: 1, versionMinor: 0 })

/** A registry of codecs, one a type. A codec reads every minor version, and major versions up to its own. */
export function createCodecRegistry(codecs: readonly ContentCodec[]): CodecRegistry {
  const byType = new Map(codecs.map((codec) => [nameOf(codec.contentType), codec]))

  return {
    codecFor(type) {
      const codec = byType.get(nameOf(type))
      return codec && type.versionMajor <= codec.contentType.versionMajor ? codec : undefined
    },
  }
}

const nameOf = ({ authorityId, typeId }: ContentTypeFields) => `${authorityId}/${typeId}`

/** Content that its type does not allow, or that is larger than anybody needs. */
export class ContentRefusedError extends BaseError {
  override readonly code = 'content.refused'
}
