import type { Envelope, SealedMessage } from '../codec/index.ts'
import { type Address, sha256, toHex } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

/** A message as its reader knows it: who wrote it, when, and its encoded content. */
export type DecryptedMessage = {
  /** The same of all copies of one message: a node may change what is around its header and its ciphertext, and so its id. */
  origin: string
  /** sha256 of the message's bytes, in hex, as all XMTP V2 clients have it. */
  id: string
  version: 'v1' | 'v2'
  sender: Address
  /** The time in the header, which everybody sees. */
  createdNs: bigint
  /** When it was written: as its author says inside, no further from the header's than that may be rounded. */
  sentNs: bigint
  /** The conversation's topic, also where the envelope came over its ephemeral one. */
  topic: string
  ephemeral: boolean
  /** Encoded content. */
  payload: Uint8Array
  shouldPush?: boolean | undefined
}

/** A message ready to be put into an envelope. */
export type MadeMessage = { id: string; message: Uint8Array }

/** The part of an envelope that a message is opened from. */
export type MessageEnvelope = Pick<Envelope, 'contentTopic' | 'message'>

/** The id of a message. */
export function messageId(message: Uint8Array): string {
  return toHex(sha256(message))
}

/** A message that was changed, is of somebody else, or does not belong on its topic. */
export class MessageRefusedError extends BaseError {
  override readonly code = 'message.refused'
}

/** What nobody but the author could have made otherwise, in few characters. */
export const originOf = ({ headerBytes, ciphertext: { salt, nonce, payload } }: Sealed): string =>
  toHex(sha256(headerBytes, salt, nonce, payload))

type Sealed = Pick<SealedMessage, 'headerBytes' | 'ciphertext'>
