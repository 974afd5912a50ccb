import { type ContentCodec, ContentRefusedError, standardType } from './codec.ts'

/** `xmtp.org/attachment:1.0`. */
export const attachmentType = standardType('attachment')

/** A file that travels whole inside its message. */
export type Attachment = {
  /** As its writer calls it: not for a file system as it is. */
  readonly filename: string
  /** What its writer says that it is: nobody has looked. */
  readonly mimeType: string
  readonly data: Uint8Array
}

/** The largest file, in bytes: one message has room for that, and its names. */
export const mostAttachmentBytes = 1_000_000
/** Of a name, and of a type, in UTF-16 units. */
const longestName = 1_000

/** Files as stock apps write and read them: the names are parameters, the bytes are the content. */
export const attachmentCodec: ContentCodec<Attachment, Record<string, string>> = {
  contentType: attachmentType,
  encode(attachment) {
    const { filename, mimeType, data } = checked(attachment)
    return { type: attachmentType, parameters: { filename, mimeType }, content: data }
  },
  decode: ({ parameters: { filename, mimeType }, content: data }) => checked({ filename, mimeType, data }),
  fallback: ({ filename }) => `Can’t display "${filename}". This app doesn’t support attachments.`,
  shouldPush: () => true,
}

type Given = { readonly [K in keyof Attachment]: Attachment[K] | undefined }

function checked({ filename, mimeType, data }: Given): Attachment {
  if (filename === undefined || mimeType === undefined || data === undefined)
    throw new ContentRefusedError('An attachment has a name, a type and data.')
  if (filename.length > longestName || mimeType.length > longestName)
    throw new ContentRefusedError(`Name and type of an attachment have ${longestName} characters at most.`)
  if (data.length > mostAttachmentBytes)
    throw new ContentRefusedError(`An attachment has ${mostAttachmentBytes} bytes at most.`)
  return { filename, mimeType, data }
}
