import { type Envelope, envelopeToJson } from '../codec/index.ts'
import type { Fetch } from './exchange.ts'
import { infoFromJson, type NodeInfo } from './info.ts'
import {
  type CloseTopicInit,
  closeTopic,
  type LanePublishInit,
  type LaneRequestInit,
  publishLane,
  requestLane,
} from './lane.ts'
import { batchQuery, type CallOptions, type PageRequest, type QueryOptions, queryAll, queryPage } from './query.ts'
import { type Connection, getJson, postJson } from './request.ts'
import { type SubscribeOptions, subscribe } from './subscribe.ts'

/** Where the node is, and the edges: a fetch, and headers for every request. */
export type NodeClientOptions = { url: string; fetch?: Fetch; headers?: Record<string, string> }

/** A node as a client sees it. Every method may throw the errors of `errors.ts`, or the signal's reason. */
export type NodeClient = ReturnType<typeof createNodeClient>

/**
 * A client of one node that is named or not from call to call; {@link createNamedNode} and {@link createAnonymousNode} keep
 * the two apart.
 */
export function createNodeClient({ url, fetch = globalThis.fetch, headers = {} }: NodeClientOptions) {
  const connection: Connection = { url, fetch, headers }

  return {
    /** Publishes envelopes, all or none (XMTP V2). */
    async publish(envelopes: readonly Envelope[], options: CallOptions & { token: string }): Promise<void> {
      await postJson(connection, '/message/v1/publish', { envelopes: envelopes.map(envelopeToJson) }, options)
    },

    /** One page of the merged order of some topics. */
    queryPage: (request: PageRequest, options: QueryOptions = {}) => queryPage(connection, request, options),

    /** All pages of the merged order of some topics, asked for as they are read. */
    query: (request: PageRequest, options: QueryOptions = {}) => queryAll(connection, request, options),

    /** One page for each request, in their order. */
    batchQuery: (requests: readonly PageRequest[], options: QueryOptions = {}) =>
      batchQuery(connection, requests, options),

    /** Listens to topics; see {@link subscribe}. */
    subscribe: (options: SubscribeOptions) => subscribe(connection, options),

    /** Opens a lane: the node's grant, or a refusal as a value. */
    openLane: (request: LaneRequestInit, { signal }: CallOptions = {}) => requestLane(connection, request, signal),

    /** Publishes under a lane, without any token: receipts, or a refusal as a value. */
    publishLane: (request: LanePublishInit, { signal }: CallOptions = {}) => publishLane(connection, request, signal),

    /** Ends a conversation's topic for good; a refusal is a value. */
    closeTopic: (request: CloseTopicInit, { signal }: CallOptions = {}) => closeTopic(connection, request, signal),

    /** What the node says about itself and its network. */
    info: async ({ signal }: CallOptions = {}): Promise<NodeInfo> =>
      infoFromJson(await getJson(connection, '/v1/info', signal)),
  }
}
