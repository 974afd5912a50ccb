import { fromUtf8, utf8 } from '../crypto/index.ts'
import { type ContentCodec, ContentRefusedError, standardType } from './codec.ts'
import { requireReference } from './reference.ts'

/** `xmtp.org/reaction:1.0`. */
export const reactionType = standardType('reaction')

/** A sign put to an earlier message of the same conversation, or taken from it. */
export type Reaction = {
  /** The message's id. */
  readonly reference: string
  readonly action: 'added' | 'removed'
  /** The sign itself: an emoji, or what `schema` says. */
  readonly content: string
  readonly schema: 'unicode' | 'shortcode' | 'custom'
}

/** No sign is longer, in UTF-16 units: what is, is text that wants to look like one. */
export const mostReactionLength = 100
/** JSON of the longest, with room for escapes and for fields of other clients. */
const mostBytes = 4_096

/** Reactions as stock apps write and read them: JSON; or, as their first releases did, text with the rest in parameters. */
export const reactionCodec: ContentCodec<Reaction, Record<string, string>> = {
  contentType: reactionType,
  encode(reaction) {
    const { action, reference, schema, content } = read(reaction)
    const json = JSON.stringify({ action, reference, schema, content })
    return { type: reactionType, parameters: {}, content: utf8(json) }
  },
  decode({ parameters, content }) {
    if (content.length > mostBytes) throw new ContentRefusedError('The reaction is too long.')
    const text = fromUtf8(content)
    return read(objectIn(text) ?? { ...parameters, content: text })
  },
  fallback: ({ action, content }) =>
    action === 'added' ? `Reacted “${content}” to an earlier message` : `Removed “${content}” from an earlier message`,
  shouldPush: ({ action }) => action === 'added',
}

const actions = ['added', 'removed'] as const
const schemas = ['unicode', 'shortcode', 'custom'] as const

function read(fields: Readonly<Record<string, unknown>>): Reaction {
  const { content, schema = 'unicode' } = fields // the first releases had no schema
  const action = actions.find((one) => one === fields.action)
  const known = schemas.find((one) => one === schema)
  if (!action || !known) throw new ContentRefusedError('Neither added nor removed, or of an unknown schema.')
  if (typeof content !== 'string' || content === '' || content.length > mostReactionLength)
    throw new ContentRefusedError(`A reaction has 1 to ${mostReactionLength} characters.`)
  return { reference: requireReference(fields.reference), action, content, schema: known }
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
