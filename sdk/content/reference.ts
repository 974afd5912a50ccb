import { ContentRefusedError } from './codec.ts'

/** A message's id is 64 characters long; other clients may have others. */
const mostLength = 128

/** The id of a message as content names it: whether there is such a message, its reader finds out. */
export function requireReference(value: unknown): string {
  if (typeof value === 'string' && value !== '' && value.length <= mostLength) return value
  throw new ContentRefusedError('The content names no message that it belongs to.')
}
