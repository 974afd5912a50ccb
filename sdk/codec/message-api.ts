import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  BatchQueryRequestSchema,
  BatchQueryResponseSchema,
  type QueryRequest,
  QueryRequestSchema,
  type QueryResponse,
  QueryResponseSchema,
  SortDirection,
  SubscribeRequestSchema,
  PublishRequestSchema as V2PublishRequestSchema,
} from '../generated/proto/xmtp/message_api/v1/message_api_pb.ts'
import type { Envelope } from './envelope.ts'
import { decodeProto, encodeProto } from './protobuf.ts'

/** Which way a query walks; undefined if the caller left it open (newest first). */
export type Direction = 'ascending' | 'descending' | undefined

/** Position of one envelope in the order (sender time, digest). */
export type Cursor = { readonly digest: Uint8Array; readonly senderTimeNs: bigint }

/** One page of the merged order of several topics, as XMTP V2 asks for it; a bound of 0 is none. */
export type PageQuery = {
  readonly contentTopics: readonly string[]
  readonly startTimeNs: bigint
  readonly endTimeNs: bigint
  /** 0: the default of the node. */
  readonly limit: number
  readonly direction: Direction
  readonly cursor: Cursor | undefined
}

/** The answer to a {@link PageQuery}: no cursor where the page is the last one. */
export type EnvelopePage = {
  readonly envelopes: readonly Envelope[]
  readonly limit: number
  readonly direction: Direction
  readonly cursor: Cursor | undefined
}

/** Reads the binary form of what a V2 client publishes. */
export const decodeV2Publish = (bytes: Uint8Array, mostParts?: number): Envelope[] =>
  decodeProto(V2PublishRequestSchema, bytes, mostParts).envelopes

export const encodeV2Publish = (envelopes: readonly Envelope[]): Uint8Array =>
  encodeProto(V2PublishRequestSchema, { envelopes: [...envelopes] })

export const decodeSubscribe = (bytes: Uint8Array, mostParts?: number): string[] =>
  decodeProto(SubscribeRequestSchema, bytes, mostParts).contentTopics

export const decodeQuery = (bytes: Uint8Array, mostParts?: number): PageQuery =>
  queryOf(decodeProto(QueryRequestSchema, bytes, mostParts))

export const decodeBatchQuery = (bytes: Uint8Array, mostParts?: number): PageQuery[] =>
  decodeProto(BatchQueryRequestSchema, bytes, mostParts).requests.map(queryOf)

export const encodePage = (page: EnvelopePage): Uint8Array => encodeProto(QueryResponseSchema, pageMessage(page))

export const encodePages = (pages: readonly EnvelopePage[]): Uint8Array =>
  encodeProto(BatchQueryResponseSchema, { responses: pages.map(pageMessage) })

export const encodeQuery = (query: PageQuery): Uint8Array => encodeProto(QueryRequestSchema, queryMessage(query))

/** Reads the binary form of a page. */
export function decodePage(bytes: Uint8Array): EnvelopePage {
  const { envelopes, pagingInfo }: QueryResponse = decodeProto(QueryResponseSchema, bytes)
  return {
    envelopes,
    limit: pagingInfo?.limit ?? 0,
    direction: directions[pagingInfo?.direction ?? SortDirection.UNSPECIFIED],
    cursor: pagingInfo?.cursor?.cursor.value,
  }
}

const directions: Record<SortDirection, Direction> = {
  [SortDirection.UNSPECIFIED]: undefined,
  [SortDirection.ASCENDING]: 'ascending',
  [SortDirection.DESCENDING]: 'descending',
}

function queryOf({ contentTopics, startTimeNs, endTimeNs, pagingInfo }: QueryRequest): PageQuery {
  return {
    contentTopics,
    startTimeNs,
    endTimeNs,
    limit: pagingInfo?.limit ?? 0,
    direction: directions[pagingInfo?.direction ?? SortDirection.UNSPECIFIED],
    cursor: pagingInfo?.cursor?.cursor.value,
  }
}

function queryMessage(query: PageQuery): MessageInitShape<typeof QueryRequestSchema> {
  const { contentTopics, startTimeNs, endTimeNs } = query
  return { contentTopics: [...contentTopics], startTimeNs, endTimeNs, pagingInfo: pagingMessage(query) }
}

function pageMessage(page: EnvelopePage): MessageInitShape<typeof QueryResponseSchema> {
  return { envelopes: [...page.envelopes], pagingInfo: pagingMessage(page) }
}

function pagingMessage({ limit, direction, cursor }: Pick<PageQuery, 'limit' | 'direction' | 'cursor'>) {
  const value = direction === undefined ? SortDirection.UNSPECIFIED : sortDirections[direction]
  return { limit, direction: value, ...(cursor && { cursor: { cursor: { case: 'index' as const, value: cursor } } }) }
}

const sortDirections = { ascending: SortDirection.ASCENDING, descending: SortDirection.DESCENDING } as const
