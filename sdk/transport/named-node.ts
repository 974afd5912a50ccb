import { type Envelope, envelopeToJson } from '../codec/index.ts'
import type { Fetch } from './exchange.ts'
import { batchQuery, type CallOptions, type PageRequest, queryAll, queryPage } from './query.ts'
import type { Page } from './query-json.ts'
import { type Connection, postJson } from './request.ts'
import { type SubscribeOptions, type Subscription, subscribe } from './subscribe.ts'

/** Where the node is, the account's token, and the edges. */
export type NamedNodeOptions = {
  readonly url: string
  /** The account's bearer token, asked for at each request. */
  readonly token: () => string
  readonly fetch?: Fetch | undefined
  /** How long a request may take; 30,000 unless given. */
  readonly timeoutMs?: number | undefined
}

/** What a stream that bears a token listens to. */
export type NamedSubscribeOptions = Omit<SubscribeOptions, 'token'>

/**
 * A node that knows who asks: every request carries the account's token. What must not be tied to the account goes through
 * an {@link AnonymousNode}; neither can be passed for the other.
 */
export type NamedNode = {
  readonly kind: 'named'
  /** Publishes envelopes, all or none (XMTP V2). */
  publish(envelopes: readonly Envelope[], options?: CallOptions): Promise<void>
  /** One page of the merged order of some topics. */
  queryPage(request: PageRequest, options?: CallOptions): Promise<Page>
  /** All pages of the merged order of some topics, asked for as they are read. */
  query(request: PageRequest, options?: CallOptions): AsyncGenerator<Page, void>
  /** One page for each request, in their order. */
  batchQuery(requests: readonly PageRequest[], options?: CallOptions): Promise<Page[]>
  /** Listens to topics, some of which are for the account's eyes. */
  subscribe(options: NamedSubscribeOptions): Promise<Subscription>
}

/**
 * A client of one node in the name of an account. Stateless: retries and caches are the caller's. Every method may throw
 * the errors of `errors.ts`, or the signal's reason.
 */
export function createNamedNode({ url, token, fetch = globalThis.fetch, timeoutMs }: NamedNodeOptions): NamedNode {
  const connection: Connection = { url, fetch, timeoutMs }
  const named = ({ signal }: CallOptions = {}) => ({ signal, token: token() })

  return {
    kind: 'named',
    async publish(envelopes, options) {
      const json = { envelopes: envelopes.map(envelopeToJson) }
      await postJson(connection, '/message/v1/publish', json, named(options))
    },
    queryPage: (request, options) => queryPage(connection, request, named(options)),
    query: (request, options) => queryAll(connection, request, named(options)),
    batchQuery: (requests, options) => batchQuery(connection, requests, named(options)),
    subscribe: (options) => subscribe(connection, { ...options, token }),
  }
}
