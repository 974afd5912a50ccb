import { ownedTopic, type ReplyLaneInit } from '../../codec/index.ts'
import { addressToBytes, equalBytes } from '../../crypto/index.ts'
import { readAuthor } from '../../escrow/index.ts'
import { isTagDisputed, LetterRefusedError, openLetter, readKeyId, sealedKeyOf } from '../../letters/index.ts'
import { sealInvitation } from '../../xmtp/index.ts'
import { readLetterPayment } from '../postage/letter-payment.ts'
import type { Session } from '../session/session.ts'
import type { OpenedUnattended } from './inbox.ts'
import type { WaitingLetter } from './waiting-letter.ts'

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
  if (!equalBytes(readKeyId(sealed), pair.keyId)) throw new LetterRefusedError('The letter is sealed to another key.')
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
