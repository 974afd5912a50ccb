import { type LetterInit, ownedTopic } from '../../codec/index.ts'
import { letterSizeOf, sealLetter } from '../../letters/index.ts'
import { type ConversationV2, sealInvitation } from '../../xmtp/index.ts'
import { type Buyer, type Offer, offerTo } from '../postage/offer.ts'
import type { PostageOptions } from '../postage/options.ts'
import type { UnattendedQuote } from '../postage/quote.ts'
import type { Peer, Recipient } from '../session/peer.ts'
import { copyLater } from './copy-later.ts'
import { type ConversationLanes, toReplyLane } from './letter-lanes.ts'
import type { Letter, Sealed } from './letter-progress.ts'
import type { Mailroom } from './mailroom.ts'

/** How a letter goes to an account with keys, or to one without: all in which these differ. */
export type LetterRoute = {
  /** Where the letter goes. */
  readonly topic: string
  /** Topics of the channels on which the letter's key is asked for. */
  readonly channels: readonly string[]
  readonly unattended: UnattendedQuote | undefined
  readonly offer: (buyer: Buyer, recipient: Recipient, options: PostageOptions) => Offer
  /** What says who writes, in the plaintext with this message. */
  readonly signed: (message: Uint8Array) => { readonly invitation: Uint8Array } | { readonly author: Uint8Array }
  /** The length of the envelope's message; undefined where it is too long for any. */
  readonly sizeOf: (letter: LetterInit, channels: readonly ConversationLanes[]) => number | undefined
  /** The envelope's message. */
  readonly seal: (
    letter: LetterInit,
    to: { readonly peer: Recipient; readonly channels: readonly ConversationLanes[] },
  ) => Uint8Array
  /** What must be kept before the letter may leave. */
  readonly beforeLeaving: (letter: Letter, signal: AbortSignal | undefined) => Promise<void>
  /** Keeps the sender's own copy of a letter that is out. */
  readonly record: (letter: Letter, sealed: Sealed) => void
}

/** To an account that has published a key for letters. */
export function routeToPeer({ session }: Mailroom, peer: Peer, conversation: ConversationV2): LetterRoute {
  const { keyring, random } = session
  const { createdNs } = conversation
  const invitation = sealInvitation(keyring, peer.bundle, {
    invitation: conversation,
    createdNs,
    randomBytes: random,
  })
  const topic = ownedTopic('sealed', peer.address)
  return {
    topic,
    channels: [],
    unattended: undefined,
    offer: offerTo,
    signed: () => ({ invitation }),
    sizeOf: letterSizeOf,
    seal(letter, { peer: { policy } }) {
      const { key, keyId } = policy.sealedKey ?? { key: new Uint8Array(), keyId: new Uint8Array() }
      return sealLetter(letter, { topic, key, keyId }, random)
    },
    beforeLeaving: async () => undefined,
    record(letter, sealed) {
      copyLater(session, { case: 'sent', value: { ...copyOf(letter, sealed), invitation, recipient: peer.address } })
    },
  }
}

/** What every copy of a letter that is out has. */
export function copyOf({ at }: Letter, sealed: Sealed) {
  const { lanes } = at()
  return {
    message: sealed.isInside ? sealed.message : new Uint8Array(),
    paidRoot: sealed.payment?.terms.root ?? new Uint8Array(),
    ...(lanes && { lane: toReplyLane(lanes.own) }),
  }
}
