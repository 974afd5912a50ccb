import {
  encodeEscrow,
  encodeInvitation,
  encodeUnattendedLetter,
  ownedTopic,
  type ReplyLaneInit,
} from '../../codec/index.ts'
import { type Address, addressToBytes } from '../../crypto/index.ts'
import { signAuthor } from '../../escrow/index.ts'
import { letterSizeOf, sealLetter } from '../../letters/index.ts'
import type { ConversationV2 } from '../../xmtp/index.ts'
import { offerToUnattended } from '../postage/offer.ts'
import { copyLater } from '../session/copy-later.ts'
import type { ConversationLanes } from './conversation-lanes.ts'
import type { LetterEscrow } from './letter-escrow.ts'
import type { LetterRoute } from './letter-route.ts'
import type { Mailroom } from './mailroom.ts'

/** To an account that has published no keys: sealed to a key whose secret others keep for it, or this account itself. */
export function routeToUnattended(
  { session }: Mailroom,
  conversation: ConversationV2,
  escrow: LetterEscrow,
): LetterRoute {
  const { keyring, network, random } = session
  const { peer: recipient, createdNs } = conversation
  const topic = ownedTopic('unattended', recipient)
  const invitation = encodeInvitation(conversation)
  const { letter } = escrow
  const said = { networkId: network.id, recipient: addressToBytes(recipient), letter, createdNs, invitation }
  const wrap = (sealed: Uint8Array, channels: readonly ConversationLanes[]) =>
    encodeUnattendedLetter({ escrow: escrow.header(channels), sealed })
  return {
    topic,
    channels: escrow.topics,
    unattended: escrow.quote,
    offer: (buyer, { address }, options) => offerToUnattended(buyer, address, options),
    signed: (message) => ({ author: signAuthor(keyring, { ...said, message }) }),
    sizeOf(plain, channels) {
      const size = letterSizeOf(plain)
      return size && wrap(new Uint8Array(size), channels).length
    },
    seal: (plain, { channels }) => wrap(sealLetter(plain, { topic, ...escrow.pair }, random), channels),
    ...keeping(session, (channels) => ({
      invitation,
      recipient,
      createdNs,
      escrow: encodeEscrow(escrow.header(channels)),
      channels: [...escrow.own(channels)],
    })),
  }
}

/** What is known of a letter before it leaves. */
type SentInit = {
  readonly invitation: Uint8Array
  readonly recipient: Address
  readonly createdNs: bigint
  readonly escrow: Uint8Array
  readonly channels: ReplyLaneInit[]
}

/**
 * What the account keeps of a letter: on this device before it leaves, and in the log with its next page, since without it nobody
 * could ever open the letter; and once more with the lane when it is out. Only then it is a conversation for other clients.
 */
function keeping(
  session: Mailroom['session'],
  entryOf: (channels: readonly ConversationLanes[]) => SentInit,
): Pick<LetterRoute, 'beforeLeaving' | 'record'> {
  let isKept = false
  return {
    async beforeLeaving(channels, signal) {
      if (isKept) return
      await session.log.keep({ case: 'unattended', value: entryOf(channels) })
      isKept = true
      await session.copies.catchUp(signal)
    },
    record: (copy, channels) => copyLater(session, { case: 'unattended', value: { ...entryOf(channels), ...copy } }),
  }
}
