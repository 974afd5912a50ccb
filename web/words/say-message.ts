import type { Message, Reaction } from '@pennypost/sdk'
import { cleanFileName } from '../thread/file.ts'
import { readContent, type Shown } from '../thread/read-content.ts'

/** A message in one line of text. */
export const textOf = (message: Message): string => sayShown(readContent(message))

/** What a message holds in one line of text. */
export function sayShown(shown: Shown): string {
  if (shown.kind === 'reaction') return sayReaction(shown.reaction)
  return shown.kind === 'file' ? `A file: ${cleanFileName(shown.file.filename)}` : shown.text
}

const sayReaction = ({ action, content }: Reaction): string =>
  action === 'added' ? `Put “${content}” to a message` : `Took “${content}” back from a message`
