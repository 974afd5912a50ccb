import { ownedTopic } from '../../codec/index.ts'
import { letterSizeOf, sealLetter } from '../../letters/index.ts'
import { type ConversationV2, sealInvitation } from '../../xmtp/index.ts'
import { offerTo } from '../postage/offer.ts'
import { copyLater } from '../session/copy-later.ts'
import type { Peer } from '../session/peer.ts'
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
    seal(letter, { peer: { policy } }) {
      const { key, keyId } = policy.sealedKey ?? { key: new Uint8Array(), keyId: new Uint8Array() }
      return sealLetter(letter, { topic, key, keyId }, random)
    },
    beforeLeaving: async () => undefined,
    record(copy) {
      copyLater(session, { case: 'sent', value: { ...copy, invitation, recipient: peer.address } })
    },
  }
}
