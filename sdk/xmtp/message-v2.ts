import {
  decodeSealedMessage,
  decodeSignedContent,
  encodeHeaderV2,
  encodeSealedMessage,
  encodeSignedContent,
  ephemeralTopic,
  padSignedContent,
  type SealedMessage,
  type SignedContent,
} from '../codec/index.ts'
import {
  type Address,
  AeadRefusedError,
  openCiphertext,
  type RandomBytes,
  sealCiphertext,
  sha256,
  signDigest,
  randomBytes as systemRandomBytes,
  verifyDigest,
} from '../crypto/index.ts'
import { BundleInvalidError, type Keyring } from '../identity/index.ts'
import type { ConversationV2 } from './conversation.ts'
import {
  type DecryptedMessage,
  type MadeMessage,
  type MessageEnvelope,
  MessageRefusedError,
  messageId,
  originOf,
} from './message.ts'
import { refusing } from './refusing.ts'
import { signSender } from './sender-hmac.ts'

/** Encoded content, its time, whether it is worth a notification, and whether its length is hidden. */
export type MessageInit = {
  payload: Uint8Array
  /** In the header, which everybody sees. */
  createdNs: bigint
  /** Inside, where the header's is rounded. */
  sentNs?: bigint | undefined
  shouldPush: boolean
  isPadded?: boolean | undefined
  randomBytes?: RandomBytes
}

/** Makes a message of a V2 conversation: content signed by the pre-key, encrypted under the conversation's key. */
export function makeMessage(
  { identity }: Keyring,
  { topic, keyMaterial }: Pick<ConversationV2, 'topic' | 'keyMaterial'>,
  { payload, createdNs, sentNs, shouldPush, isPadded, randomBytes = systemRandomBytes }: MessageInit,
): MadeMessage {
  const headerBytes = encodeHeaderV2({ createdNs, topic })
  const signature = signDigest(sha256(headerBytes, payload), identity.preKey.secret)
  const { bundle: sender } = identity
  const signed = encodeSignedContent({ payload, sender, signature: { ...signature, signer: 'key' }, sentNs })
  const content = isPadded ? padSignedContent(signed) : signed
  const message = encodeSealedMessage({
    version: 'v2',
    headerBytes,
    ciphertext: sealCiphertext(content, { secret: keyMaterial, associatedData: headerBytes }, randomBytes),
    senderHmac: signSender(headerBytes, { keyMaterial, sender: identity.address, createdNs }),
    shouldPush,
  })
  return { id: messageId(message), message }
}

/**
 * Opens a message of a V2 conversation. Its header must name the topic it lies on, and its author must be one of the two
 * participants, which stock clients do not check.
 */
export function openMessage(
  keyring: Keyring,
  conversation: ConversationV2,
  envelope: MessageEnvelope,
): DecryptedMessage {
  const sealed = decodeSealedMessage(envelope.message)
  if (sealed.version !== 'v2') throw new MessageRefusedError('A V1 message is on the topic of a V2 conversation.')

  const { topic } = conversation
  const ephemeral = envelope.contentTopic !== topic
  if (ephemeral && envelope.contentTopic !== ephemeralTopic(topic)) {
    throw new MessageRefusedError('The envelope is on another topic.')
  }
  if (sealed.header.topic !== topic) throw new MessageRefusedError('The message was made for another topic.')

  const content = openContent(sealed, conversation.keyMaterial)
  const sender = authorOf(keyring, conversation, content, sealed.headerBytes)
  return {
    id: messageId(envelope.message),
    origin: originOf(sealed),
    version: 'v2',
    sender,
    createdNs: sealed.header.createdNs,
    sentNs: timeWithin(sealed.header.createdNs, content.sentNs),
    topic,
    ephemeral,
    payload: content.payload,
    shouldPush: sealed.shouldPush,
  }
}

/** A header's time may be rounded up to the end of its minute, and is random below the millisecond. */
export const mostRoundedNs = 60_001_000_000n

/** What an author says of the time counts as far as it fits the header, which is signed. */
function timeWithin(createdNs: bigint, sentNs: bigint = createdNs): bigint {
  const least = createdNs - mostRoundedNs
  if (sentNs < least) return least > 0n ? least : 0n
  return sentNs > createdNs ? createdNs : sentNs
}

function openContent({ ciphertext, headerBytes }: SealedMessage, secret: Uint8Array): SignedContent {
  const plaintext = refusing(
    () => openCiphertext(ciphertext, { secret, associatedData: headerBytes }),
    AeadRefusedError,
    (cause) => new MessageRefusedError('The message does not open.', { cause }),
  )
  return decodeSignedContent(plaintext)
}

function authorOf(
  keyring: Keyring,
  { peer }: ConversationV2,
  { payload, sender, signature }: SignedContent,
  headerBytes: Uint8Array,
): Address {
  const author = accountOf(keyring, sender)
  if (author !== peer && author !== keyring.identity.address) {
    throw new MessageRefusedError('The author is not a participant of the conversation.')
  }
  const digest = sha256(headerBytes, payload)
  if (signature.signer !== 'key' || !verifyDigest(signature.bytes, digest, sender.preKey.publicKey)) {
    throw new MessageRefusedError('The author did not sign the message.')
  }
  return author
}

function accountOf(keyring: Keyring, sender: SignedContent['sender']): Address {
  return refusing(
    () => keyring.verifyBundle(sender),
    BundleInvalidError,
    (cause) => new MessageRefusedError("The author's bundle is not valid.", { cause }),
  )
}
