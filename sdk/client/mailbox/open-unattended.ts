import { type LogEntryInit, ownedTopic, placeToMessage, type ReplyLaneInit } from '../../codec/index.ts'
import { addressToBytes, sha256 } from '../../crypto/index.ts'
import { readAuthor } from '../../escrow/index.ts'
import { isTagDisputed, LetterRefusedError, openLetter, sealedKeyOf } from '../../letters/index.ts'
import type { TaggedEnvelope } from '../../transport/index.ts'
import { sealInvitation } from '../../xmtp/index.ts'
import { type LetterPayment, readLetterPayment } from '../postage/letter-payment.ts'
import type { Session } from '../session/session.ts'
import type { WaitingLetter } from './waiting-letter.ts'

/** An unattended letter, opened. */
export type OpenedUnattended = {
  /** 32 bytes. */
  readonly name: Uint8Array
  readonly envelope: TaggedEnvelope
  /** By this account, to the author. */
  readonly invitation: Uint8Array
  /** Encoded Message; empty where the letter carries none. */
  readonly message: Uint8Array
  readonly lane: ReplyLaneInit | undefined
  readonly tag: Uint8Array | undefined
  readonly payments: readonly LetterPayment[]
}

type Context = Pick<Session, 'keyring' | 'network' | 'random'>

/**
 * Opens an unattended letter with the secret that its trustees held, and checks who wrote it. From then on it is a letter like any
 * other: an invitation of the account's own making stands for the one that its author could not make. Throws typed errors.
 */
export function openUnattended(
  { keyring, network, random }: Context,
  letter: WaitingLetter,
  secret: Uint8Array,
): OpenedUnattended {
  const { name, sealed, envelope } = letter
  const { address } = keyring.identity
  const pair = sealedKeyOf(secret)
  const opened = openLetter(sealed, { topic: ownedTopic('unattended', address), secret: pair.secret })
  const { author, message, replyLane, payment: place, paymentUse: use } = opened
  if (isTagDisputed(opened, envelope.tag)) throw new LetterRefusedError('Sender and node name different pseudonyms.')
  const signed = { networkId: network.id, recipient: addressToBytes(address), letter: name, message }
  const { bundle, conversation } = readAuthor(keyring, author, signed)
  const { topic, keyMaterial, context, createdNs } = conversation
  const keys = { invitation: { topic, keyMaterial, context }, createdNs, randomBytes: random }
  return {
    name,
    envelope,
    invitation: sealInvitation(keyring, bundle, keys),
    message,
    lane: replyLane && toLane(replyLane),
    tag: envelope.tag,
    payments: readLetterPayment({ place, use }, address),
  }
}

const toLane = ({ topic, key, units, expiresAt }: ReplyLaneInit): ReplyLaneInit => ({ topic, key, units, expiresAt })

/** What the log keeps of it, for the account's other clients; with what the node has shown to be paid for it. */
export function entryOfOpened(
  { name, envelope, invitation, message, lane, tag = new Uint8Array() }: OpenedUnattended,
  payments: readonly LetterPayment[],
): LogEntryInit {
  const paid = payments.map(({ place, use }) => ({ place: placeToMessage(place), use }))
  const accepted = { invitation, message, tag, payments: paid, ...(lane && { lane }) }
  return { case: 'opened', value: { letter: name, accepted, envelope: sha256(envelope.message) } }
}
