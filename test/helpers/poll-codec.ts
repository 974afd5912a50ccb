import { type ContentCodec, contentTypeId } from '../../sdk/content/index.ts'

/** A content type of an application: its fallback is text, and it is not worth a notification. */
export const pollType = contentTypeId({ authorityId: 'example.org', typeId: 'poll', versionMajor: 2, versionMinor: 1 })

/** The codec of polls; an empty one cannot be decoded. */
export const pollCodec: ContentCodec<{ question: string }> = {
  contentType: pollType,
  encode: ({ question }) => ({ type: pollType, parameters: {}, content: new TextEncoder().encode(question) }),
  decode: ({ content }) => {
    if (content.length === 0) throw new Error('a poll asks something')
    return { question: new TextDecoder().decode(content) }
  },
  fallback: ({ question }) => `asked: ${question}`,
  shouldPush: () => false,
}
