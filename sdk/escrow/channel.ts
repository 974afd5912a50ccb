import { decodeEscrowMessage, type EscrowMessage, type EscrowMessageInit, encodeEscrowMessage } from '../codec/index.ts'
import {
  AeadRefusedError,
  aeadNonceLength,
  aeadTagLength,
  concatBytes,
  fromBytes,
  openAead,
  type RandomBytes,
  sealAead,
  toBytes4,
  utf8,
} from '../crypto/index.ts'
import { BaseError } from '../errors.ts'

/** Where sender, trustee and recipient of a letter talk: a topic, and the key (32 bytes) of what lies on it. */
export type Channel = { readonly topic: string; readonly key: Uint8Array }

/** The sizes that messages of a channel come in, in bytes, all of it counted. */
const sizes = [1024, 4096, 16_384, 65_536] as const
const lengthLength = 4
const overhead = aeadNonceLength + lengthLength + aeadTagLength

/** Encrypts a message for its channel. */
export function sealOnChannel(kind: EscrowMessageInit, { topic, key }: Channel, random: RandomBytes): Uint8Array {
  const message = encodeEscrowMessage(kind)
  const size = sizes.find((total) => message.length + overhead <= total)
  if (size === undefined) throw new ChannelRefusedError('A message on a channel has at most 64 KiB.')
  const padded = new Uint8Array(size - aeadNonceLength - aeadTagLength)
  padded.set(toBytes4(message.length))
  padded.set(message, lengthLength)
  const nonce = random(aeadNonceLength)
  return concatBytes(nonce, sealAead(padded, { key, nonce, associatedData: utf8(topic) }))
}

/** The message; throws {@link ChannelRefusedError} where it is none of this channel's. */
export function openOnChannel(sealed: Uint8Array, { topic, key }: Channel): EscrowMessage {
  if (!sizes.some((size) => size === sealed.length))
    throw new ChannelRefusedError('The message is not of a standard size.')
  const nonce = sealed.slice(0, aeadNonceLength)
  const padded = open(sealed.subarray(aeadNonceLength), { key, nonce, associatedData: utf8(topic) })
  const end = lengthLength + Number(fromBytes(padded.subarray(0, lengthLength)))
  if (end > padded.length) throw new ChannelRefusedError('The message is longer than what it came in.')
  return decodeEscrowMessage(padded.slice(lengthLength, end))
}

function open(ciphertext: Uint8Array, options: Parameters<typeof openAead>[1]): Uint8Array {
  try {
    return openAead(ciphertext, options)
  } catch (cause) {
    if (cause instanceof AeadRefusedError) throw new ChannelRefusedError('The message does not open.', { cause })
    throw cause
  }
}

/** What lies on a channel and is no message of it. */
export class ChannelRefusedError extends BaseError {
  override readonly code = 'escrow.message-refused'
}
