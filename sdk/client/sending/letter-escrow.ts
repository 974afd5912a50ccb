import type { EscrowInit, ReplyLaneInit } from '../../codec/index.ts'
import { dealSecret, EscrowMalformedError, letterSecret } from '../../escrow/index.ts'
import { sealedKeyOf } from '../../letters/index.ts'
import { randomConversation } from '../../xmtp/index.ts'
import type { UnattendedQuote } from '../postage/quote.ts'
import type { Session } from '../session/session.ts'
import { type ConversationLanes, toReplyLane } from './conversation-lanes.ts'

/** How the key of one letter is kept: what its header says, and what the sender's log. */
export type LetterEscrow = {
  /** The letter's name, 32 bytes. */
  readonly letter: Uint8Array
  /** What the letter is sealed to. */
  readonly pair: ReturnType<typeof sealedKeyOf>
  readonly quote: UnattendedQuote
  /** Topics of the channels that are opened with the letter itself. */
  readonly topics: readonly string[]
  /** As the letter's header says it, once the lanes to ask under are planned. */
  readonly header: (channels: readonly ConversationLanes[]) => EscrowInit
  /** The sender's own lanes in all channels. */
  readonly own: (channels: readonly ConversationLanes[]) => readonly ReplyLaneInit[]
}

const hour = 3_600
/** The longest that the key of a letter can be asked for, in days: as nodes keep the letter. */
export const mostDays = 365

/** A fresh letter's name, the secret that it is sealed to, and until when (unix seconds, a full hour) that is kept. */
export function nameLetter({ keyring, network, random, clock }: Session, days: number = mostDays) {
  if (!Number.isInteger(days) || days < 1 || days > mostDays)
    throw new EscrowMalformedError(`The key of a letter is kept for 1 to ${mostDays} days, in whole days.`)
  const letter = random(32)
  const identitySecret = keyring.identity.keys.identityKey.secret
  const of = { identitySecret, networkId: network.id, letter }
  return { of, letter, secret: letterSecret(of), keptUntil: endAfter(days, clock) }
}

/** The last full hour within so many days, in unix seconds. */
export const endAfter = (days: number, { seconds }: Pick<Session['clock'], 'seconds'>): number =>
  Math.floor(seconds() / hour + days * 24) * hour

/** Kept by this account: its clients hand the key out to whoever shows that the account is its own. */
export function keepBySender(session: Session, days?: number): LetterEscrow {
  const { random } = session
  const { letter, secret, keptUntil } = nameLetter(session, days)
  const { commitments } = dealSecret(secret, { threshold: 1, trustees: 1, random })
  const { topic, keyMaterial: key } = randomConversation(random)
  const fields = { letter, threshold: 1, commitments: [...commitments], expiresAt: BigInt(keptUntil) }
  return {
    letter,
    pair: sealedKeyOf(secret),
    quote: { escrow: 'sender', threshold: 1, trustees: [], keptUntil },
    topics: [topic],
    header: (channels) => ({ ...fields, trustees: channels.map(({ reply }) => ({ lane: toReplyLane(reply), key })) }),
    own: (channels) => channels.map(({ own }) => toReplyLane(own)),
  }
}
