import {
  decodeInvitation,
  decodeSealedInvitation,
  type Envelope,
  encodeInvitation,
  encodeInvitationHeader,
  encodeSealedInvitation,
  type Invitation,
  type InvitationHeader,
  type PublicKeyBundle,
  parseTopic,
  type SealedInvitation,
  TopicMalformedError,
} from '../codec/index.ts'
import {
  type Address,
  AeadRefusedError,
  openCiphertext,
  type RandomBytes,
  sealCiphertext,
  randomBytes as systemRandomBytes,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { BundleInvalidError, isOwnBundle, type Keyring } from '../identity/index.ts'
import type { ConversationV2 } from './conversation.ts'
import { refusing } from './refusing.ts'

/** What goes into an invitation, and its time, which must be the envelope's. */
export type SealInvitationOptions = { invitation: Invitation; createdNs: bigint; randomBytes?: RandomBytes }

/**
 * Seals an invitation from this account to another (XMTP V2). The same bytes go to the invite topics of both; written to
 * the own topic alone, they show a conversation to stock clients of this account.
 */
export function sealInvitation(
  keyring: Keyring,
  recipient: PublicKeyBundle,
  { invitation, createdNs, randomBytes = systemRandomBytes }: SealInvitationOptions,
): Uint8Array {
  const headerBytes = encodeInvitationHeader({ sender: keyring.identity.bundle, recipient, createdNs })
  const secret = keyring.secretWith(recipient, { role: 'sender' })
  const options = { secret, associatedData: headerBytes }
  return encodeSealedInvitation({
    headerBytes,
    ciphertext: sealCiphertext(encodeInvitation(invitation), options, randomBytes),
  })
}

/**
 * Opens an invitation that this account sent or received. Where it came in an envelope, pass the envelope to
 * {@link openInvitationEnvelope} instead, which also holds the two times together.
 */
export function openInvitation(keyring: Keyring, bytes: Uint8Array): ConversationV2 {
  return toConversation(keyring, decodeSealedInvitation(bytes))
}

/** Opens an invitation from an invite topic; one whose time is not its envelope's is refused (XMTP V2). */
export function openInvitationEnvelope(
  keyring: Keyring,
  { message, timestampNs }: Pick<Envelope, 'message' | 'timestampNs'>,
): ConversationV2 {
  const sealed = decodeSealedInvitation(message)
  if (sealed.header.createdNs !== timestampNs) {
    throw new InvitationRefusedError('The invitation and its envelope have different times.')
  }
  return toConversation(keyring, sealed)
}

function toConversation(keyring: Keyring, sealed: SealedInvitation): ConversationV2 {
  const { peer, mine, role } = viewHeader(keyring, sealed.header)
  const peerAddress = accountOf(keyring, peer)
  if (peerAddress === keyring.identity.address) {
    throw new InvitationRefusedError('The invitation is addressed to its sender.')
  }
  const invitation = open(sealed, keyring.secretWith(peer, { role, mine }))
  assertConversationTopic(invitation.topic)
  if (invitation.keyMaterial.length !== 32) throw new InvitationRefusedError('The invitation has no 32-byte key.')
  return { version: 'v2', ...invitation, peer: peerAddress, createdNs: sealed.header.createdNs }
}

function viewHeader({ identity }: Keyring, { sender, recipient }: InvitationHeader) {
  if (isOwnBundle(identity, sender)) return { peer: recipient, mine: sender, role: 'sender' as const }
  if (isOwnBundle(identity, recipient)) return { peer: sender, mine: recipient, role: 'recipient' as const }
  throw new InvitationRefusedError('The invitation is between other accounts.')
}

function accountOf(keyring: Keyring, bundle: PublicKeyBundle): Address {
  return refusing(
    () => keyring.verifyBundle(bundle),
    BundleInvalidError,
    (cause) => new InvitationRefusedError("The peer's bundle is not valid.", { cause }),
  )
}

function open({ ciphertext, headerBytes }: SealedInvitation, secret: Uint8Array): Invitation {
  const plaintext = refusing(
    () => openCiphertext(ciphertext, { secret, associatedData: headerBytes }),
    AeadRefusedError,
    (cause) => new InvitationRefusedError('The invitation does not open.', { cause }),
  )
  return decodeInvitation(plaintext)
}

/** An invitation must not make its reader write anywhere but on a conversation's topic. */
function assertConversationTopic(topic: string): void {
  const refuse = (cause?: Error) =>
    new InvitationRefusedError("The invitation's topic is not that of a conversation.", { cause })
  const { kind, ephemeral } = refusing(() => parseTopic(topic), TopicMalformedError, refuse)
  if (kind !== 'message' || ephemeral) throw refuse()
}

/** An invitation that is not for this account, was changed, or names something else than a conversation. */
export class InvitationRefusedError extends BaseError {
  override readonly code = 'invitation.refused'
}
