import type { LetterInit, ReplyLaneInit } from '../../codec/index.ts'
import type { Buyer, Offer } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { UnattendedQuote } from '../postage/quote.ts'
import type { Recipient } from '../session/peer.ts'
import type { ConversationLanes } from './conversation-lanes.ts'

/** What every copy of a letter that is out has. */
export type LetterCopy = {
  readonly message: Uint8Array
  readonly paidRoot: Uint8Array
  readonly lane?: ReplyLaneInit
}

/** How a letter goes to an account with keys, to one without, or to a trustee: all in which these differ. */
export type LetterRoute = {
  /** Where the letter goes. */
  readonly topic: string
  /** Topics of the channels on which the letter's key is asked for. */
  readonly channels: readonly string[]
  readonly unattended: UnattendedQuote | undefined
  readonly offer: (buyer: Buyer, recipient: Recipient, options: PostageOptions) => Offer
  /** What says who writes, in the plaintext with this message; or what a trustee is to hold. */
  readonly signed: (
    message: Uint8Array,
  ) => { readonly invitation: Uint8Array } | { readonly author: Uint8Array } | { readonly deposit: Uint8Array }
  /** The length of the envelope's message; undefined where it is too long for any. */
  readonly sizeOf: (letter: LetterInit, channels: readonly ConversationLanes[]) => number | undefined
  /** The envelope's message. */
  readonly seal: (
    letter: LetterInit,
    to: { readonly peer: Recipient; readonly channels: readonly ConversationLanes[] },
  ) => Uint8Array
  /** What must be kept before the letter may leave. */
  readonly beforeLeaving: (channels: readonly ConversationLanes[], signal: AbortSignal | undefined) => Promise<void>
  /** Keeps the sender's own copy of a letter that is out. */
  readonly record: (copy: LetterCopy, channels: readonly ConversationLanes[]) => void
}
