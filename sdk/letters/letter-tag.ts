import type { Letter } from '../codec/index.ts'
import { equalBytes } from '../crypto/index.ts'

/**
 * The pseudonym that a letter's sender has shown: the one that the node says, where the letter says the same. A node could
 * attach anybody's to a letter, so that the recipient blocks somebody else; a letter could name one that was never shown.
 */
export function tagOf({ tag }: Pick<Letter, 'tag'>, envelopeTag: Uint8Array | undefined): Uint8Array | undefined {
  return envelopeTag && tag.length === 32 && equalBytes(tag, envelopeTag) ? tag : undefined
}

/**
 * Whether node and sender say different things, so that one of them lies. Such a letter is best not shown: a node can drop
 * letters anyway, and a sender whose tag counts for nothing could not be blocked by it.
 */
export function isTagDisputed(letter: Pick<Letter, 'tag'>, envelopeTag: Uint8Array | undefined): boolean {
  const saysNothing = letter.tag.length === 0 && envelopeTag === undefined
  return !saysNothing && tagOf(letter, envelopeTag) === undefined
}
