import type { Cursor, Direction, Envelope, PageQuery } from '@pennypost/sdk/codec'
import {
  BodyMalformedError,
  bytesOf,
  listOf,
  recordOf,
  textOf,
  textsOf,
  toBase64,
  uint32Of,
  uint64Of,
} from '../../plugins/json.ts'
import type { LiveEnvelope } from '../bus.ts'
import type { Page } from '../query.ts'

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
  { contentTopic, timestampNs, message, sequence, tag, evidence }: LiveEnvelope,
  isOurs: boolean,
): string {
  const own = isOurs && sequence !== undefined ? `,"sequence":"${sequence}"` : ''
  const pseudonym = tag ? `,"tag":"${toBase64(tag)}"` : ''
  const shown = evidence ? `,"evidence":"${toBase64(evidence)}"` : ''
  return `{"contentTopic":${JSON.stringify(contentTopic)},"timestampNs":"${timestampNs}","message":"${toBase64(message)}"${own}${pseudonym}${shown}}`
}

/** The text of a page, envelope by envelope. */
export function* pageToJson({ envelopes, limit, direction, cursor }: Page): Iterable<string> {
  const index = cursor && `{"index":{"digest":"${toBase64(cursor.digest)}","senderTimeNs":"${cursor.senderTimeNs}"}}`
  const name = `SORT_DIRECTION_${direction?.toUpperCase() ?? 'UNSPECIFIED'}`
  yield '{"envelopes":['
  for (const [i, envelope] of envelopes.entries()) yield (i > 0 ? ',' : '') + envelopeToJson(envelope, false)
  yield `],"pagingInfo":{"limit":${limit},"cursor":${index ?? 'null'},"direction":"${name}"}}`
}

/** The text of the pages that answer a batch. */
export function* pagesToJson(pages: readonly Page[]): Iterable<string> {
  yield '{"responses":['
  for (const [i, page] of pages.entries()) {
    if (i > 0) yield ','
    yield* pageToJson(page)
  }
  yield ']}'
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
