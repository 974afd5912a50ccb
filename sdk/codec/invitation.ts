import type { Ciphertext } from '../crypto/index.ts'
import {
  type InvitationV1,
  InvitationV1Schema,
  SealedInvitationHeaderV1Schema,
  SealedInvitationSchema,
} from '../generated/proto/xmtp/message_contents/v1/invitation_pb.ts'
import { type PublicKeyBundle, readBundle, writeBundle } from './bundle.ts'
import { readCiphertext, writeCiphertext } from './ciphertext.ts'
import { decodeProto, encodeProto, ProtobufMalformedError, required } from './protobuf.ts'

/** What an application said a conversation is about; part of the deterministic topic. */
export type ConversationContext = { conversationId: string; metadata: Record<string, string> }

/** A recipient's signed consent to hear from a sender; the time in milliseconds. */
export type ConsentProof = { signature: string; timestamp: bigint; payloadVersion: number }

/** The inside of an invitation: topic and key of a conversation. */
export type Invitation = {
  topic: string
  keyMaterial: Uint8Array
  context?: ConversationContext | undefined
  consentProof?: ConsentProof | undefined
}

/** The outside of an invitation, in the clear: who invites whom, and when. */
export type InvitationHeader = { sender: PublicKeyBundle; recipient: PublicKeyBundle; createdNs: bigint }

/** A sealed invitation; the tag of the ciphertext covers exactly `headerBytes`. */
export type SealedInvitation = { headerBytes: Uint8Array; header: InvitationHeader; ciphertext: Ciphertext }

/** Encodes the outside of an invitation. */
export function encodeInvitationHeader({ sender, recipient, createdNs }: InvitationHeader): Uint8Array {
  return encodeProto(SealedInvitationHeaderV1Schema, {
    sender: writeBundle(sender),
    recipient: writeBundle(recipient),
    createdNs,
  })
}

/** Encodes a sealed invitation. */
export function encodeSealedInvitation(sealed: Pick<SealedInvitation, 'headerBytes' | 'ciphertext'>): Uint8Array {
  const value = { headerBytes: sealed.headerBytes, ciphertext: writeCiphertext(sealed.ciphertext) }
  return encodeProto(SealedInvitationSchema, { version: { case: 'v1', value } })
}

/** Decodes a sealed invitation and its outside. */
export function decodeSealedInvitation(bytes: Uint8Array): SealedInvitation {
  const { version } = decodeProto(SealedInvitationSchema, bytes)
  const { headerBytes, ciphertext } = required(version.value, 'a sealed invitation')
  const { sender, recipient, createdNs } = decodeProto(SealedInvitationHeaderV1Schema, headerBytes)
  return {
    headerBytes,
    header: { sender: readBundle(sender), recipient: readBundle(recipient), createdNs },
    ciphertext: readCiphertext(ciphertext),
  }
}

/** Encodes the inside of an invitation. */
export function encodeInvitation({ topic, keyMaterial, context, consentProof }: Invitation): Uint8Array {
  return encodeProto(InvitationV1Schema, {
    topic,
    encryption: { case: 'aes256GcmHkdfSha256', value: { keyMaterial } },
    ...(context && { context }),
    ...(consentProof && { consentProof }),
  })
}

/** Decodes the inside of an invitation. */
export function decodeInvitation(bytes: Uint8Array): Invitation {
  const message = decodeProto(InvitationV1Schema, bytes)
  const { keyMaterial } = required(message.encryption.value, 'key material')
  if (message.topic === '' || keyMaterial.length === 0) {
    throw new ProtobufMalformedError('Expected a topic and key material.')
  }
  return { topic: message.topic, keyMaterial, ...readOptional(message) }
}

function readOptional({ context, consentProof }: InvitationV1): Pick<Invitation, 'context' | 'consentProof'> {
  return {
    context: context && { conversationId: context.conversationId, metadata: { ...context.metadata } },
    consentProof: consentProof && {
      signature: consentProof.signature,
      timestamp: consentProof.timestamp,
      payloadVersion: consentProof.payloadVersion,
    },
  }
}
