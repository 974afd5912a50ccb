import {
  encodeEscrow,
  encodeInvitation,
  encodeUnattendedLetter,
  ownedTopic,
  type ReplyLaneInit,
} from '../../codec/index.ts'
import { type Address, addressToBytes } from '../../crypto/index.ts'
import { dealSecret, letterSecret, signAuthor } from '../../escrow/index.ts'
import { letterSizeOf, sealedKeyOf, sealLetter } from '../../letters/index.ts'
import { type ConversationV2, randomConversation } from '../../xmtp/index.ts'
import { offerToUnattended } from '../postage/offer.ts'
import { copyLater } from '../session/copy-later.ts'
import { type ConversationLanes, toReplyLane } from './conversation-lanes.ts'
import type { LetterRoute } from './letter-route.ts'
import type { Mailroom } from './mailroom.ts'

/** What is known of a letter before it leaves. */
type SentInit = {
  readonly invitation: Uint8Array
  readonly recipient: Address
  readonly createdNs: bigint
  readonly escrow: Uint8Array
  readonly channels: ReplyLaneInit[]
}

const day = 86_400
/** So long the key of a letter can be asked for: as nodes keep the letter. */
const keptDays = 365

/** How the key of one letter is kept. */
function makeEscrow({ keyring, network, random, clock }: Mailroom['session']) {
  const letter = random(32)
  const identitySecret = keyring.identity.keys.identityKey.secret
  const secret = letterSecret({ identitySecret, networkId: network.id, letter })
  const { commitments } = dealSecret(secret, { threshold: 1, trustees: 1, random })
  const { topic, keyMaterial: key } = randomConversation(random)
  const keptUntil = Math.floor(clock.seconds() / day + keptDays) * day
  const fields = { letter, threshold: 1, commitments: [...commitments], expiresAt: BigInt(keptUntil) }
  /** As the letter's header says it, once the lanes to ask under are planned. */
  const header = (channels: readonly ConversationLanes[]) => ({
    ...fields,
    trustees: channels.map(({ reply }) => ({ lane: toReplyLane(reply), key })),
  })
  return { letter, pair: sealedKeyOf(secret), topic, keptUntil, header }
}

/**
 * To an account that has published no keys: sealed to a key whose secret this account keeps, and hands out to whoever shows that
 * the account is its own.
 */
export function routeToUnattended({ session }: Mailroom, conversation: ConversationV2): LetterRoute {
  const { keyring, network, random } = session
  const { peer: recipient, createdNs } = conversation
  const escrow = makeEscrow(session)
  const topic = ownedTopic('unattended', recipient)
  const invitation = encodeInvitation(conversation)
  const { letter } = escrow
  const said = { networkId: network.id, recipient: addressToBytes(recipient), letter, createdNs, invitation }
  const wrap = (sealed: Uint8Array, channels: readonly ConversationLanes[]) =>
    encodeUnattendedLetter({ escrow: escrow.header(channels), sealed })
  return {
    topic,
    channels: [escrow.topic],
    unattended: { escrows: ['sender'], readableBy: [], keptUntil: escrow.keptUntil },
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
      channels: channels.map(({ own }) => toReplyLane(own)),
    })),
  }
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
