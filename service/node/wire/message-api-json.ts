import { type Cursor, type Direction, type Envelope, type PageQuery, uint64FromJson } from '@pennypost/sdk/codec'
import { BaseError } from '@pennypost/sdk/verifier'
import type { LiveEnvelope } from '../bus.ts'
import type { Page } from '../query.ts'

/** The proto3 JSON of the V2 gateway. Absent and null fields have their defaults, unknown ones are ignored. */
type Json = Readonly<Record<string, unknown>>

const directions: Readonly<Record<string, Direction>> = {
  SORT_DIRECTION_UNSPECIFIED: undefined,
  SORT_DIRECTION_ASCENDING: 'ascending',
  SORT_DIRECTION_DESCENDING: 'descending',
  0: undefined,
  1: 'ascending',
  2: 'descending',
}

export const publishFromJson = (json: unknown): Envelope[] => listOf(recordOf(json).envelopes).map(envelopeFromJson)

export const topicsFromJson = (json: unknown): string[] => textsOf(recordOf(json).contentTopics)

export const batchFromJson = (json: unknown): PageQuery[] => listOf(recordOf(json).requests).map(queryFromJson)

export function queryFromJson(json: unknown): PageQuery {
  const { contentTopics, startTimeNs, endTimeNs, pagingInfo } = recordOf(json)
  const { limit, direction, cursor } = recordOf(pagingInfo ?? {})
  return {
    contentTopics: textsOf(contentTopics),
    startTimeNs: uint64Of(startTimeNs),
    endTimeNs: uint64Of(endTimeNs),
    limit: uint32Of(limit),
    direction: directionOf(direction),
    cursor: cursorOf(cursor),
  }
}

export function envelopeFromJson(json: unknown): Envelope {
  const { contentTopic, timestampNs, message } = recordOf(json)
  return { contentTopic: textOf(contentTopic), timestampNs: uint64Of(timestampNs), message: bytesOf(message) }
}

/** One envelope; what only our own clients read comes after what V2 has. */
export function envelopeToJson(
  { contentTopic, timestampNs, message, sequence, tag }: LiveEnvelope,
  isOurs: boolean,
): string {
  const own = isOurs && sequence !== undefined ? `,"sequence":"${sequence}"` : ''
  const pseudonym = tag ? `,"tag":"${toBase64(tag)}"` : ''
  return `{"contentTopic":${JSON.stringify(contentTopic)},"timestampNs":"${timestampNs}","message":"${toBase64(message)}"${own}${pseudonym}}`
}

export function pageToJson({ envelopes, limit, direction, cursor }: Page): string {
  const index = cursor && `{"index":{"digest":"${toBase64(cursor.digest)}","senderTimeNs":"${cursor.senderTimeNs}"}}`
  const name = `SORT_DIRECTION_${direction?.toUpperCase() ?? 'UNSPECIFIED'}`
  const list = envelopes.map((envelope) => envelopeToJson(envelope, false)).join(',')
  return `{"envelopes":[${list}],"pagingInfo":{"limit":${limit},"cursor":${index ?? 'null'},"direction":"${name}"}}`
}

/** An object of JSON. */
export function recordOf(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BodyMalformedError('Expected an object.')
  return value as Json
}

/** Standard, padded base64, read strictly: Node's own decoder skips what it does not know. */
export function bytesOf(value: unknown): Uint8Array {
  if (value === undefined || value === null) return new Uint8Array()
  if (typeof value !== 'string') throw new BodyMalformedError('Expected base64.')
  const bytes = Buffer.from(value, 'base64')
  if (toBase64(bytes) !== value) throw new BodyMalformedError('Expected standard padded base64.')
  return bytes
}

export function uint64Of(value: unknown): bigint {
  return value === undefined || value === null ? 0n : uint64FromJson(value)
}

export function uint32Of(value: unknown): number {
  if (value === undefined || value === null) return 0
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 0xffffffff) {
    throw new BodyMalformedError('Expected a 32-bit number.')
  }
  return number
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string' || !value.isWellFormed()) throw new BodyMalformedError('Expected well-formed text.')
  return value
}

const textsOf = (value: unknown): string[] => listOf(value).map(textOf)

export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new BodyMalformedError('Expected a list.')
  return value
}

function directionOf(value: unknown): Direction {
  if (value === undefined || value === null) return undefined
  const name = String(value)
  if (!Object.hasOwn(directions, name)) throw new BodyMalformedError('Expected a sort direction.')
  return directions[name]
}

function cursorOf(value: unknown): Cursor | undefined {
  if (value === undefined || value === null) return undefined
  const { index } = recordOf(value)
  if (index === undefined || index === null) return undefined
  const { digest, senderTimeNs } = recordOf(index)
  return { digest: bytesOf(digest), senderTimeNs: uint64Of(senderTimeNs) }
}

/** Standard, padded base64. */
export const toBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')

/** A body that is not what the path takes. */
export class BodyMalformedError extends BaseError {
  override readonly code = 'body.malformed'
}
