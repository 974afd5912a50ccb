import type { Attachment, Message, Reaction, Reply } from '@pennypost/sdk'

/** What a message holds, of the kinds that this page knows. */
export type Shown =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reaction'; readonly reaction: Reaction }
  | { readonly kind: 'file'; readonly file: Attachment }
  /** Text of its writer's application, about content that cannot be read here. */
  | { readonly kind: 'unknown'; readonly text: string }

type Read = Shown & {
  /** The id of the message that it answers. */
  readonly answers?: string
}

/** Reads what a message holds; whoever wrote it, the client has decoded it by the codec of its type, or not at all. */
export function readContent({ content, contentType, fallback, problem }: Message): Read {
  const unknown = {
    kind: 'unknown',
    text: fallback ?? problem?.message ?? 'Something that this page cannot show.',
  } as const
  const known = readAs(contentType, content)
  if (known || !isOf('reply', contentType) || content === undefined) return known ?? unknown
  const { reference: answers, content: said, contentType: type } = content as Reply
  return { ...(readAs(String(type), said) ?? unknown), answers }
}

function readAs(type: string, content: unknown): Shown | undefined {
  if (content === undefined) return undefined
  if (typeof content === 'string') return { kind: 'text', text: content }
  if (isOf('reaction', type)) return { kind: 'reaction', reaction: content as Reaction }
  return isOf('attachment', type) ? { kind: 'file', file: content as Attachment } : undefined
}

/** In any version: one that the client could not decode has no content. */
const isOf = (typeId: string, type: string): boolean => type.startsWith(`xmtp.org/${typeId}:`)
