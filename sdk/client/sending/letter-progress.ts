import type { PaymentPlace } from '../../codec/index.ts'
import { type ConversationV2, makeMessage } from '../../xmtp/index.ts'
import { LaneWriter, type OwnLane, type SignedEnvelope } from '../lanes/lane.ts'
import type { Budget } from '../postage/budget.ts'
import type { Buyer, Offer } from '../postage/offer.ts'
import type { Recipient } from '../session/peer.ts'
import type { Content } from './content.ts'
import type { ConversationLanes } from './conversation-lanes.ts'
import type { LetterRoute } from './letter-route.ts'
import type { Mailroom } from './mailroom.ts'
import type { PreparedConversation } from './prepared.ts'
import type { LetterPrice } from './price-letter.ts'

/** A letter as it goes out. */
export type Sealed = {
  readonly payment: PaymentPlace | undefined
  readonly content: Content
  readonly signed: SignedEnvelope
  readonly id: string
  readonly message: Uint8Array
  readonly isInside: boolean
}

/** The lane to the recipient. */
export type Contact = {
  readonly lane: OwnLane
  readonly writer: LaneWriter
  readonly isOpen: boolean
  readonly tag?: Uint8Array | undefined
}

/** How far the letter is. */
export type Progress = {
  /** What the account has published, as of the last look. */
  readonly peer: Recipient
  /** The lane to the recipient, and whether it is open. */
  readonly contact: Contact | undefined
  readonly lanes: ConversationLanes | undefined
  /** The lanes in the channels with trustees, as far as they are planned. */
  readonly channels: readonly ConversationLanes[]
  /** What is on its way: repeated unchanged. */
  readonly sealed: Sealed | undefined
  /** What was called back when it may have left already, or what the node said that it has refused. */
  readonly doubtful: Sealed | undefined
}

/** Whatever fails, the next call goes on from what the last step has noted. */
export type Letter = {
  readonly mailroom: Mailroom
  readonly buyer: Buyer
  readonly conversation: ConversationV2
  readonly route: LetterRoute
  /** What the letter carries of some content: its message, and the message's id. */
  readonly compose: (content: Content) => { readonly id: string; readonly message: Uint8Array }
  /** Binds the call to a price, once that is known. */
  readonly agree: (price: LetterPrice) => void
  readonly at: () => Progress
  readonly note: (step: Partial<Progress>) => void
}

type Start = Pick<Letter, 'conversation' | 'route'> & {
  readonly peer: Recipient
  readonly budget: Budget
  readonly prepared?: PreparedConversation | undefined
}

/** A letter of which nothing is done yet. */
export function startLetter(mailroom: Mailroom, { peer, conversation, route, budget, prepared }: Start): Letter {
  const { session, purse } = mailroom
  const { keyring, clock, random: randomBytes } = session
  const lanes = prepared && { own: prepared.own, reply: prepared.reply, isOpen: true }
  let progress: Progress = { peer, contact: undefined, lanes, channels: [], sealed: undefined, doubtful: undefined }
  return {
    mailroom,
    buyer: { session, purse, budget },
    conversation,
    route,
    compose: (content) => makeMessage(keyring, conversation, { ...content, createdNs: clock.nextNs(), randomBytes }),
    agree: (price) => budget.agree(price),
    at: () => progress,
    note: (step) => {
      progress = { ...progress, ...step }
    },
  }
}

/** The lane to the recipient, while it lives: the one that was planned, or that an earlier run has opened. */
export function usable(letter: Letter): Contact | undefined {
  const { contact = openedBefore(letter) } = letter.at()
  const { clock } = letter.mailroom.session
  return contact && contact.lane.expiresAt > BigInt(clock.seconds() + 30) ? contact : undefined
}

/** The lane of a payment that is kept elsewhere, where it is open already. */
function openedBefore({ at, note, route, mailroom: { purse, edges } }: Letter): Contact | undefined {
  const lent = purse.paidLetters.lentFor(at().peer.address, route.topic)
  if (!lent?.isOpen) return undefined
  const contact = { lane: lent.lane, writer: new LaneWriter(edges, lent.lane), isOpen: true }
  note({ contact })
  return contact
}

/** What is planned already: what was paid for it counts once. */
export function planned(letter: Letter) {
  const { lanes, channels } = letter.at()
  const own = (known: ConversationLanes | undefined) => (known?.isOpen ? ('open' as const) : known?.own)
  const contact = usable(letter)
  return {
    lane: contact?.isOpen ? ('open' as const) : contact?.lane,
    conversation: own(lanes),
    channels: letter.route.channels.map((_, i) => own(channels[i])),
  }
}

/** Whether all lanes of a letter are open. */
export function isReady(letter: Letter): boolean {
  const { conversation, channels } = planned(letter)
  return usable(letter)?.isOpen === true && [conversation, ...channels].every((own) => own === 'open')
}

/** What was read on the way counts from now on, unless newer was read meanwhile; a key once known is not given up. */
export function adopt(letter: Letter, offer: Offer): void {
  const policy = offer.policy()
  const { peer } = letter.at()
  if (policy.version < peer.policy.version) return
  const sealedKey = policy.sealedKey ?? peer.policy.sealedKey
  letter.note({ peer: { ...peer, policy: { ...policy, sealedKey } } })
}
