import { fromUtf8, utf8 } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { type ContentCodec, standardType } from './codec.ts'

/** `xmtp.org/text:1.0`. */
export const textType = standardType('text')

/** Plain text, always UTF-8 (XMTP V2). */
export const textCodec: ContentCodec<string, { encoding: string }> = {
  contentType: textType,
  encode: (content) => ({ type: textType, parameters: { encoding: 'UTF-8' }, content: utf8(content) }),
  decode({ parameters, content }) {
    if (parameters.encoding !== 'UTF-8') throw new TextEncodingError('Expected text in UTF-8.')
    return fromUtf8(content)
  },
  fallback: () => undefined,
  shouldPush: () => true,
}

/** Text in an encoding that the protocol does not have. */
export class TextEncodingError extends BaseError {
  override readonly code = 'text.encoding'
}
