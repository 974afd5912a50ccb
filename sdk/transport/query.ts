import { type Cursor, decodePage, type PageQuery } from '../codec/index.ts'
import { toHex } from '../crypto/index.ts'
import { NodeResponseError } from './errors.ts'
import { isRecord } from './problem.ts'
import { type Page, pageFromJson, queryToJson } from './query-json.ts'
import { type Connection, mostPageBytes, postForEither, postJson } from './request.ts'

/** More queries are split: V2 takes 50, but one large envelope for each of so many would be longer than what is read. */
const maxBatch = 16
/** What a page may hold where the question does not say. */
const maxRows = 1_000

/** What all pages of one question may hold together; longer lists are read part by part, by time. */
const mostEntries = 1_000_000

/** What to ask for: everything on the topics, oldest first, in pages of 100, unless said otherwise. */
export type PageRequest = Pick<PageQuery, 'contentTopics'> & {
  readonly [Name in keyof PageQuery]?: PageQuery[Name] | undefined
}

/** What can be said about any request. */
export type CallOptions = { readonly signal?: AbortSignal | undefined }

/** A question, with the token of the owner where a topic is for the owner's eyes. */
export type QueryOptions = CallOptions & { readonly token?: string | undefined }

/** One page of the merged order of some topics. */
export async function queryPage(
  connection: Connection,
  request: PageRequest,
  options: QueryOptions = {},
): Promise<Page> {
  return askPage(connection, toQuery(request), options)
}

/**
 * All pages of the merged order of some topics, asked for as they are read, the next one ahead. Each must go on from the one
 * before, and so many of them hold a million envelopes: a node cannot go on for ever.
 */
export async function* queryAll(
  connection: Connection,
  request: PageRequest,
  options: QueryOptions = {},
): AsyncGenerator<Page, void> {
  const query = toQuery(request)
  const mostPages = Math.ceil(mostEntries / (query.limit || maxRows))
  let cursor = query.cursor
  let asked = askPage(connection, query, options)
  for (let count = 1; count <= mostPages; count++) {
    const page = await asked
    if (page.envelopes.length === 0) return
    const next = page.cursor
    requireAfter(next, cursor, query)
    if (next && count < mostPages) asked = askAhead(connection, { ...query, cursor: next }, options)
    yield page
    if (!next) return
    cursor = next
  }
  throw new NodeResponseError(`The node answers with more than ${mostPages} pages.`, {
    hint: 'Ask for a part, by `startTimeNs` and `endTimeNs`.',
  })
}

/** A place must come after the last one in the order of the question: by time, and at one time by digest. */
function requireAfter(next: Cursor | undefined, last: Cursor | undefined, { direction }: PageQuery): void {
  if (!next || !last) return
  const [later, earlier] = direction === 'ascending' ? [next, last] : [last, next]
  const isLater =
    later.senderTimeNs === earlier.senderTimeNs
      ? toHex(later.digest) > toHex(earlier.digest)
      : later.senderTimeNs > earlier.senderTimeNs
  if (!isLater) throw new NodeResponseError('The pages of the node do not go on.')
}

/** One page for each request, in their order. */
export async function batchQuery(
  connection: Connection,
  requests: readonly PageRequest[],
  options: QueryOptions = {},
): Promise<Page[]> {
  const pages: Page[] = []
  for (let start = 0; start < requests.length; start += maxBatch) {
    const part = requests.slice(start, start + maxBatch).map(toQuery)
    const body = { requests: part.map(queryToJson) }
    const asking = { ...options, mostBytes: mostPageBytes }
    const json = await postJson(connection, '/message/v1/batch-query', body, asking)
    const responses = isRecord(json) && Array.isArray(json.responses) ? json.responses : []
    if (responses.length !== part.length) throw new NodeResponseError('Expected one response for each query.')
    pages.push(...part.map((query, i) => within(query, pageFromJson(responses[i]))))
  }
  return pages
}

function toQuery({ contentTopics, cursor, ...asked }: PageRequest): PageQuery {
  const { startTimeNs = 0n, endTimeNs = 0n, limit = 100, direction = 'ascending' } = asked
  return { contentTopics, startTimeNs, endTimeNs, limit, direction, cursor }
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
  const asking = { ...options, mostBytes: mostPageBytes }
  if (options.token) return within(query, pageFromJson(await postJson(connection, path, body, asking)))
  const readers = { readBinary: decodePage, readJson: pageFromJson }
  return within(query, await postForEither<Page>(connection, path, body, { ...asking, ...readers }))
}

function within({ limit }: PageQuery, page: Page): Page {
  if (page.envelopes.length <= (limit || maxRows)) return page
  throw new NodeResponseError(`The node's page has ${page.envelopes.length} envelopes; it was asked for ${limit}.`)
}
