import { type LetterInit, ownedTopic } from '../../codec/index.ts'
import type { RandomBytes } from '../../crypto/index.ts'
import { letterSizeOf, sealLetter } from '../../letters/index.ts'
import { type ConversationV2, sealInvitation } from '../../xmtp/index.ts'
import { offerTo } from '../postage/offer.ts'
import { copyLater } from '../session/copy-later.ts'
import type { Peer, Recipient } from '../session/peer.ts'
import type { LetterRoute } from './letter-route.ts'
import type { Mailroom } from './mailroom.ts'

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
    seal: (letter, { peer }) => sealToPeer(letter, peer, random),
    beforeLeaving: async () => undefined,
    record(copy) {
      copyLater(session, { case: 'sent', value: { ...copy, invitation, recipient: peer.address } })
    },
  }
}

/** Seals a letter to the key that an account has published for letters. */
export function sealToPeer(letter: LetterInit, { address, policy }: Recipient, random: RandomBytes): Uint8Array {
  const { key, keyId } = policy.sealedKey ?? { key: new Uint8Array(), keyId: new Uint8Array() }
  return sealLetter(letter, { topic: ownedTopic('sealed', address), key, keyId }, random)
}
