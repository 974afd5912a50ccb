import {
  decodeSealedMessage,
  directTopic,
  encodeHeaderV1,
  encodeSealedMessage,
  ephemeralTopic,
  type MessageHeaderV1,
  ownedTopic,
  type PublicKeyBundle,
  type SealedMessage,
} from '../codec/index.ts'
import {
  type Address,
  AeadRefusedError,
  openCiphertext,
  type RandomBytes,
  sealCiphertext,
  randomBytes as systemRandomBytes,
} from '../crypto/index.ts'
import { BundleInvalidError, isOwnBundle, type Keyring } from '../identity/index.ts'
import {
  type DecryptedMessage,
  type MadeMessage,
  type MessageEnvelope,
  MessageRefusedError,
  messageId,
  originOf,
} from './message.ts'
import { refusing } from './refusing.ts'

/** Encoded content, and its time, which V1 keeps to the millisecond. */
export type LegacyMessageInit = { payload: Uint8Array; createdNs: bigint; randomBytes?: RandomBytes }

type LegacyMessage = Extract<SealedMessage, { version: 'v1' }>

/** Makes a V1 message to an account that has only a legacy bundle. Its author is deniable: nothing is signed. */
export function makeLegacyMessage(
  keyring: Keyring,
  recipient: PublicKeyBundle,
  { payload, createdNs, randomBytes = systemRandomBytes }: LegacyMessageInit,
): MadeMessage {
  const timestamp = createdNs / 1_000_000n
  const headerBytes = encodeHeaderV1({ sender: keyring.identity.bundle, recipient, timestamp })
  const options = { secret: keyring.secretWith(recipient, { role: 'sender' }), associatedData: headerBytes }
  const ciphertext = sealCiphertext(payload, options, randomBytes)
  const message = encodeSealedMessage({ version: 'v1', headerBytes, ciphertext })
  return { id: messageId(message), message }
}

/** Where a V1 message goes: to its conversation, and the first one to the intro topics of both accounts as well. */
export function legacyTopics(me: Address, peer: Address, which: 'first' | 'later'): string[] {
  const intros = which === 'first' ? [ownedTopic('intro', peer), ownedTopic('intro', me)] : []
  return [...intros, directTopic(me, peer)]
}

/** Opens a V1 message from its conversation's topic or from the account's own intro topic. */
export function openLegacyMessage(keyring: Keyring, envelope: MessageEnvelope): DecryptedMessage & { peer: Address } {
  const sealed = decodeSealedMessage(envelope.message)
  if (sealed.version !== 'v1') throw new MessageRefusedError('A V2 message is on the topic of a V1 conversation.')

  const { peerBundle, mine, role } = viewHeader(keyring, sealed.header)
  const peer = accountOf(keyring, peerBundle)
  const me = keyring.identity.address
  const topic = directTopic(me, peer)
  const ephemeral = me !== peer && envelope.contentTopic === ephemeralTopic(topic)
  if (!ephemeral && envelope.contentTopic !== topic && envelope.contentTopic !== ownedTopic('intro', me)) {
    throw new MessageRefusedError('The message is between other accounts than its topic says.')
  }
  const payload = openPayload(sealed, keyring.secretWith(peerBundle, { role, mine }))
  return {
    id: messageId(envelope.message),
    origin: originOf(sealed),
    version: 'v1',
    sender: role === 'sender' ? me : peer,
    peer,
    createdNs: sealed.header.timestamp * 1_000_000n,
    sentNs: sealed.header.timestamp * 1_000_000n,
    topic,
    ephemeral,
    payload,
  }
}

function viewHeader({ identity }: Keyring, { sender, recipient }: MessageHeaderV1) {
  if (isOwnBundle(identity, sender)) return { peerBundle: recipient, mine: sender, role: 'sender' as const }
  if (isOwnBundle(identity, recipient)) return { peerBundle: sender, mine: recipient, role: 'recipient' as const }
  throw new MessageRefusedError('The message is between other accounts.')
}

function accountOf(keyring: Keyring, bundle: PublicKeyBundle): Address {
  return refusing(
    () => keyring.verifyBundle(bundle),
    BundleInvalidError,
    (cause) => new MessageRefusedError("The peer's bundle is not valid.", { cause }),
  )
}

function openPayload({ ciphertext, headerBytes }: LegacyMessage, secret: Uint8Array): Uint8Array {
  return refusing(
    () => openCiphertext(ciphertext, { secret, associatedData: headerBytes }),
    AeadRefusedError,
    (cause) => new MessageRefusedError('The message does not open.', { cause }),
  )
}
