import type { SignedGrant } from '../codec/index.ts'
import type { Fetch } from './exchange.ts'
import { infoFromJson, type NodeInfo } from './info.ts'
import {
  type CloseTopicInit,
  closeTopic,
  type LanePublishInit,
  type LaneRefusal,
  type LaneRequestInit,
  publishLane,
  type Receipts,
  requestLane,
} from './lane.ts'
import { ownConnection } from './own-connection.ts'
import { batchQuery, type CallOptions, type PageRequest, queryAll, queryPage } from './query.ts'
import type { Page } from './query-json.ts'
import { type Connection, getJson } from './request.ts'
import { type SubscribeOptions, type Subscription, subscribe } from './subscribe.ts'

/** Where the node is, and the edges. There is no way to hand it a token or a header. */
export type AnonymousNodeOptions = {
  readonly url: string
  /** For example one that goes through a proxy or Tor. Under Node each request has a connection of its own unless given. */
  readonly fetch?: Fetch | undefined
  /** How long a request may take; 30,000 unless given. */
  readonly timeoutMs?: number | undefined
}

/** What a stream without a token listens to. */
export type AnonymousSubscribeOptions = Omit<SubscribeOptions, 'token'>

/** A node that is not told who asks. What is in somebody's name goes through a {@link NamedNode}. */
export type AnonymousNode = {
  readonly kind: 'anonymous'
  /** Opens a lane: the node's grant, or a refusal as a value. */
  openLane(
    request: LaneRequestInit,
    options?: CallOptions,
  ): Promise<{ readonly ok: true; readonly grant: SignedGrant } | LaneRefusal>
  /** Publishes under a lane: receipts, or a refusal as a value. */
  publishLane(request: LanePublishInit, options?: CallOptions): Promise<Receipts | LaneRefusal>
  /** Ends a conversation's topic for good; a refusal is a value. */
  closeTopic(request: CloseTopicInit, options?: CallOptions): Promise<{ readonly ok: true } | LaneRefusal>
  /** One page of the merged order of some topics. */
  queryPage(request: PageRequest, options?: CallOptions): Promise<Page>
  /** All pages of the merged order of some topics, asked for as they are read. */
  query(request: PageRequest, options?: CallOptions): AsyncGenerator<Page, void>
  /** One page for each request, in their order. */
  batchQuery(requests: readonly PageRequest[], options?: CallOptions): Promise<Page[]>
  /** Listens to topics that anybody may read. */
  subscribe(options: AnonymousSubscribeOptions): Promise<Subscription>
  /** What the node says about itself and its network. */
  info(options?: CallOptions): Promise<NodeInfo>
}

/**
 * A client of one node for whoever must not be known. Requests have nothing in common: no token, no cookie, and under Node
 * not even a connection; a browser keeps connections as it likes. Every method may throw the errors of `errors.ts`, or the
 * signal's reason.
 */
export function createAnonymousNode({
  url,
  fetch = ownConnection() ?? globalThis.fetch,
  timeoutMs,
}: AnonymousNodeOptions): AnonymousNode {
  const connection: Connection = { url, fetch, timeoutMs }
  const only = ({ signal }: CallOptions = {}): CallOptions => ({ signal })

  return {
    kind: 'anonymous',
    openLane: (request, options) => requestLane(connection, request, options?.signal),
    publishLane: (request, options) => publishLane(connection, request, options?.signal),
    closeTopic: (request, options) => closeTopic(connection, request, options?.signal),
    queryPage: (request, options) => queryPage(connection, request, only(options)),
    query: (request, options) => queryAll(connection, request, only(options)),
    batchQuery: (requests, options) => batchQuery(connection, requests, only(options)),
    subscribe: (options) => subscribe(connection, { ...options, token: undefined }),
    info: async (options) => infoFromJson(await getJson(connection, '/v1/info', options?.signal)),
  }
}
