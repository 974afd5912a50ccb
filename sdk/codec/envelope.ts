import { fromBase64, sha256, toBase64, utf8 } from '../crypto/index.ts'
import { BaseError } from '../errors.ts'
import { EnvelopeSchema } from '../generated/proto/xmtp/message_api/v1/message_api_pb.ts'
import { decodeProto, encodeProto } from './protobuf.ts'
import { maxTopicLength } from './topic.ts'

/** The longest message, in bytes (XMTP V2). */
export const maxMessageLength = 1_048_214

/** Into the year 2262: beyond it, times do not fit where others keep them, and nothing can come after them. */
export const endOfTimeNs = 2n ** 63n - 2n ** 32n

/** What a node stores: opaque bytes under a topic, at a time the sender chose. */
export type Envelope = { contentTopic: string; timestampNs: bigint; message: Uint8Array }

/** The JSON form of an envelope on the XMTP V2 gateway. */
export type EnvelopeJson = { contentTopic: string; timestampNs: string; message: string }

/** sha256(utf8(topic) ‖ message). It has no separator, so it is never a key without its topic. */
export function digestEnvelope({ contentTopic, message }: Pick<Envelope, 'contentTopic' | 'message'>): Uint8Array {
  return sha256(utf8(contentTopic), message)
}

/** The envelope itself, if its topic and message keep the limits. */
export function checkEnvelopeLimits(envelope: Envelope): Envelope {
  if (utf8(envelope.contentTopic).length > maxTopicLength) throw new EnvelopeTooLargeError('The topic is too long.')
  if (envelope.message.length > maxMessageLength) throw new EnvelopeTooLargeError('The message is too long.')
  return envelope
}

/** The JSON form: the time as a decimal string, the message as standard base64. */
export function envelopeToJson({ contentTopic, timestampNs, message }: Envelope): EnvelopeJson {
  return { contentTopic, timestampNs: timestampNs.toString(), message: toBase64(message) }
}

/** Reads the JSON form. Absent fields have their proto3 defaults, unknown ones are ignored. */
export function envelopeFromJson(json: unknown): Envelope {
  if (!isRecord(json)) throw new EnvelopeMalformedError('Expected an object.')
  const { contentTopic = '', timestampNs = '0', message = '' } = json
  if (typeof contentTopic !== 'string' || !contentTopic.isWellFormed()) {
    throw new EnvelopeMalformedError('Expected contentTopic to be a well-formed string.')
  }
  if (typeof message !== 'string') throw new EnvelopeMalformedError('Expected message to be base64.')
  return { contentTopic, timestampNs: uint64FromJson(timestampNs), message: bytesFromJson(message) }
}

/** The protobuf form. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return encodeProto(EnvelopeSchema, envelope)
}

/** Reads the protobuf form. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const { contentTopic, timestampNs, message } = decodeProto(EnvelopeSchema, bytes)
  return { contentTopic, timestampNs, message }
}

/** Reads a uint64 of proto3 JSON: decimal digits, or a number that is a safe integer. */
export function uint64FromJson(json: unknown): bigint {
  const text = typeof json === 'number' && Number.isSafeInteger(json) ? String(json) : json
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) throw new EnvelopeMalformedError('Expected decimal digits.')
  const value = BigInt(text)
  if (value >> 64n !== 0n) throw new EnvelopeMalformedError('Expected at most 64 bits.')
  return value
}

/** Reads bytes of proto3 JSON: standard, padded base64. */
function bytesFromJson(text: string): Uint8Array {
  try {
    return fromBase64(text)
  } catch (cause) {
    throw new EnvelopeMalformedError('Expected message to be standard padded base64.', { cause })
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON that is no envelope. */
export class EnvelopeMalformedError extends BaseError {
  override readonly code = 'envelope.malformed'
}

/** A topic or message beyond the limit. */
export class EnvelopeTooLargeError extends BaseError {
  override readonly code = 'envelope.too-large'
}
