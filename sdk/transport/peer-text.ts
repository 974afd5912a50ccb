import type { Peer } from './exchange.ts'

/** The longest text of somebody else's that is kept, in characters. */
export const longestText = 1_000

/** What shows as nothing, moves other text, or turns its direction: controls, format and bidirectional characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu

/** A text that somebody else has written, on one line, without what could disguise it, and cut where it is long. */
export function cleanText(text: string): string {
  const clean = text
    .slice(0, 8 * longestText)
    .toWellFormed()
    .replace(unseen, ' ')
    .trim()
  return clean.length > longestText ? `${clean.slice(0, longestText - 1).toWellFormed()}…` : clean
}

/** The same as a quotation, so that nobody takes it for the client's own words. */
export function quoteText(peer: Peer['name'], text: string): string {
  return `The ${peer} says: “${cleanText(text).replace(/[“”]/g, '"')}”`
}
