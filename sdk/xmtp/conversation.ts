import {
  type ConsentProof,
  type ConversationContext,
  directTopic,
  type Invitation,
  messageTopic,
  type PublicKeyBundle,
} from '../codec/index.ts'
import {
  type Address,
  hkdfSha256,
  hmacSha256,
  type RandomBytes,
  randomBytes as systemRandomBytes,
  toBase64,
  toHex,
  utf8,
} from '../crypto/index.ts'
import type { Keyring } from '../identity/index.ts'

const invitationSalt = utf8('__XMTP__INVITATION__SALT__XMTP__')

/** A conversation of XMTP V2: a topic with a key of its own. */
export type ConversationV2 = {
  version: 'v2'
  topic: string
  keyMaterial: Uint8Array
  peer: Address
  createdNs: bigint
  context?: ConversationContext | undefined
  consentProof?: ConsentProof | undefined
}

/** A conversation of XMTP V1: each message is encrypted to the two bundles. */
export type ConversationV1 = { version: 'v1'; topic: string; peer: Address; createdNs: bigint }

/** A conversation between this account and one other. */
export type Conversation = ConversationV1 | ConversationV2

/** Topic and key of a conversation. */
export type ConversationKeys = Pick<Invitation, 'topic' | 'keyMaterial'>

/**
 * Topic and key that both sides derive alike (XMTP V2). The key is the same for all conversations of a pair; the
 * conversation's id changes the topic only.
 */
export function deriveConversation(keyring: Keyring, peer: PublicKeyBundle, conversationId = ''): ConversationKeys {
  const me = keyring.identity.address
  const them = keyring.verifyBundle(peer)
  const sorted = [me, them].sort()
  const secret = keyring.secretWith(peer, { role: me < them ? 'recipient' : 'sender' })
  return {
    topic: messageTopic(toHex(hmacSha256(secret, utf8(conversationId + sorted.join(','))))),
    keyMaterial: hkdfSha256(secret, { salt: invitationSalt, info: utf8(`0|${sorted.join('|')}`) }),
  }
}

/** A topic and key that say nothing about the pair; readers of XMTP V2 accept both kinds. */
export function randomConversation(randomBytes: RandomBytes = systemRandomBytes): ConversationKeys {
  const id = toBase64(randomBytes(32)).replaceAll('=', '').replaceAll('/', '-')
  return { topic: messageTopic(id), keyMaterial: randomBytes(32) }
}

/** The V1 conversation with an account. */
export function legacyConversation(me: Address, peer: Address, createdNs: bigint): ConversationV1 {
  return { version: 'v1', topic: directTopic(me, peer), peer, createdNs }
}
