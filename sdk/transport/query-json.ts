import {
  type Cursor,
  type Direction,
  type Envelope,
  EnvelopeMalformedError,
  type EnvelopePage,
  envelopeFromJson,
  type PageQuery,
  uint64FromJson,
} from '../codec/index.ts'
import { fromBase64, toBase64 } from '../crypto/index.ts'
import { NodeResponseError } from './errors.ts'
import { isRecord } from './problem.ts'

/** An envelope, with what its node hands to the account that it was sent to. */
export type TaggedEnvelope = Envelope & {
  /** The sender's pseudonym toward that account, where a ticket showed one. */
  readonly tag?: Uint8Array | undefined
  /** What was shown for it: an encoded EnvelopeEvidence. */
  readonly evidence?: Uint8Array | undefined
}

/** A page as our own nodes answer it. */
export type Page = Omit<EnvelopePage, 'envelopes'> & { readonly envelopes: readonly TaggedEnvelope[] }

/** The JSON form of a query on the XMTP V2 gateway; bounds of 0 are left out. */
export function queryToJson({ contentTopics, startTimeNs, endTimeNs, limit, direction, cursor }: PageQuery) {
  return {
    contentTopics,
    startTimeNs: startTimeNs > 0n ? startTimeNs.toString() : undefined,
    endTimeNs: endTimeNs > 0n ? endTimeNs.toString() : undefined,
    pagingInfo: {
      limit,
      direction: direction && `SORT_DIRECTION_${direction.toUpperCase()}`,
      cursor: cursor && { index: { digest: toBase64(cursor.digest), senderTimeNs: cursor.senderTimeNs.toString() } },
    },
  }
}

/** Reads the JSON form of a page. */
export function pageFromJson(json: unknown): Page {
  const { envelopes, pagingInfo } = isRecord(json) ? json : {}
  if (!Array.isArray(envelopes)) throw new NodeResponseError('Expected a page of envelopes.')
  const paging = isRecord(pagingInfo) ? pagingInfo : {}
  return {
    envelopes: envelopes.map(taggedFromJson),
    limit: typeof paging.limit === 'number' ? paging.limit : 0,
    direction: directionFromJson(paging.direction),
    cursor: cursorFromJson(paging.cursor),
  }
}

/** Reads the JSON form of an envelope. */
export function taggedFromJson(json: unknown): TaggedEnvelope {
  const { tag, evidence } = isRecord(json) ? json : {}
  return { ...envelopeFromJson(json), tag: bytesFromJson(tag), evidence: bytesFromJson(evidence) }
}

const bytesFromJson = (json: unknown): Uint8Array | undefined =>
  typeof json === 'string' ? fromBase64(json) : undefined

function directionFromJson(json: unknown): Direction {
  if (json === 'SORT_DIRECTION_ASCENDING') return 'ascending'
  return json === 'SORT_DIRECTION_DESCENDING' ? 'descending' : undefined
}

function cursorFromJson(json: unknown): Cursor | undefined {
  const index = isRecord(json) ? json.index : undefined
  if (!isRecord(index)) return undefined
  if (typeof index.digest !== 'string') throw new EnvelopeMalformedError('Expected the digest of a cursor.')
  return { digest: fromBase64(index.digest), senderTimeNs: uint64FromJson(index.senderTimeNs) }
}
