import { decodePage, type Envelope, envelopeToJson, type PageQuery } from '../codec/index.ts'
import { equalBytes } from '../crypto/index.ts'
import { isRecord, NodeResponseError } from './errors.ts'
import { infoFromJson, type NodeInfo } from './info.ts'
import {
  type CloseTopicInit,
  closeTopic,
  type LanePublishInit,
  type LaneRequestInit,
  openLane,
  publishLane,
} from './lane.ts'
import { type Page, pageFromJson, queryToJson } from './query-json.ts'
import { type Connection, type Fetch, getJson, postForEither, postJson } from './request.ts'
import { type SubscribeOptions, subscribe } from './subscribe.ts'

/** Most queries a batch may have (XMTP V2); more are split. */
const maxBatch = 50

/** Where the node is, and the edges: a fetch, and headers for every request. */
export type NodeClientOptions = { url: string; fetch?: Fetch; headers?: Record<string, string> }

/** What to ask for: everything on the topics, oldest first, in pages of 100, unless said otherwise. */
export type PageRequest = Pick<PageQuery, 'contentTopics'> & Partial<PageQuery>

/** What can be said about any request. */
export type CallOptions = { signal?: AbortSignal }

/** A question, with the token of the owner where a topic is for the owner's eyes. */
export type QueryOptions = CallOptions & { token?: string }

/** A node as a client sees it. Every method may throw the errors of `errors.ts`, or the signal's reason. */
export type NodeClient = ReturnType<typeof createNodeClient>

/**
 * A client of one node. Stateless: tokens, retries and caches are the caller's.
 *
 * @example
 * ```ts
 * const node = createNodeClient({ url: 'http://localhost:5555' })
 * for await (const page of node.query({ contentTopics: ['/xmtp/0/m-x/proto'] })) console.log(page.envelopes.length)
 * ```
 */
export function createNodeClient({ url, fetch = globalThis.fetch, headers = {} }: NodeClientOptions) {
  const connection: Connection = { url, fetch, headers }

  return {
    /** Publishes envelopes, all or none (XMTP V2). */
    async publish(envelopes: readonly Envelope[], options: CallOptions & { token: string }): Promise<void> {
      await postJson(connection, '/message/v1/publish', { envelopes: envelopes.map(envelopeToJson) }, options)
    },

    /** One page of the merged order of some topics. */
    async queryPage(request: PageRequest, options: QueryOptions = {}): Promise<Page> {
      return askPage(connection, toQuery(request), options)
    },

    /** All pages of the merged order of some topics, asked for as they are read. */
    query(request: PageRequest, options: QueryOptions = {}): AsyncGenerator<Page> {
      return pagesOf(connection, toQuery(request), options)
    },

    /** One page for each request, in their order. */
    batchQuery: (requests: readonly PageRequest[], options: QueryOptions = {}) =>
      batchQuery(connection, requests, options),

    /** Listens to topics; see {@link subscribe}. */
    subscribe: (options: SubscribeOptions) => subscribe(connection, options),

    /** Opens a lane: the node's grant, or a refusal as a value. */
    openLane: (request: LaneRequestInit, { signal }: CallOptions = {}) => openLane(connection, request, signal),

    /** Publishes under a lane, without any token: receipts, or a refusal as a value. */
    publishLane: (request: LanePublishInit, { signal }: CallOptions = {}) => publishLane(connection, request, signal),

    /** Ends a conversation's topic for good; a refusal is a value. */
    closeTopic: (request: CloseTopicInit, { signal }: CallOptions = {}) => closeTopic(connection, request, signal),

    /** What the node says about itself and its network. */
    info: async ({ signal }: CallOptions = {}): Promise<NodeInfo> =>
      infoFromJson(await getJson(connection, '/v1/info', signal)),
  }
}

function toQuery(request: PageRequest): PageQuery {
  return { startTimeNs: 0n, endTimeNs: 0n, limit: 100, direction: 'ascending', cursor: undefined, ...request }
}

async function* pagesOf(connection: Connection, query: PageQuery, options: QueryOptions): AsyncGenerator<Page, void> {
  let cursor = query.cursor
  let asked = askPage(connection, query, options)
  for (;;) {
    const page = await asked
    if (page.envelopes.length === 0) return
    const next = page.cursor
    if (next && cursor && next.senderTimeNs === cursor.senderTimeNs && equalBytes(next.digest, cursor.digest)) {
      throw new NodeResponseError('The node answers the same page for ever.')
    }
    if (next) asked = askAhead(connection, { ...query, cursor: next }, options)
    yield page
    if (!next) return
    cursor = next
  }
}

/** Asks for a page that is read later, or never: then nobody hears of its failure. */
function askAhead(connection: Connection, query: PageQuery, options: QueryOptions): Promise<Page> {
  const asked = askPage(connection, query, options)
  asked.catch(() => undefined)
  return asked
}

/** In protobuf where it can be; what only the owner of a topic sees of an envelope is in JSON alone. */
async function askPage(connection: Connection, query: PageQuery, options: QueryOptions): Promise<Page> {
  const [path, body] = ['/message/v1/query', queryToJson(query)]
  if (options.token) return pageFromJson(await postJson(connection, path, body, options))
  return postForEither(connection, path, body, { ...options, readBinary: decodePage, readJson: pageFromJson })
}

async function batchQuery(
  connection: Connection,
  requests: readonly PageRequest[],
  options: QueryOptions,
): Promise<Page[]> {
  const pages: Page[] = []
  for (let start = 0; start < requests.length; start += maxBatch) {
    const part = requests.slice(start, start + maxBatch).map((request) => queryToJson(toQuery(request)))
    const json = await postJson(connection, '/message/v1/batch-query', { requests: part }, options)
    const responses = isRecord(json) && Array.isArray(json.responses) ? json.responses : []
    if (responses.length !== part.length) throw new NodeResponseError('Expected one response for each query.')
    pages.push(...responses.map(pageFromJson))
  }
  return pages
}
