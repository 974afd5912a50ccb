import { type EnvelopePage, isPrivateTopic, type PageQuery, privateTopicsOf } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'
import type { NodeDeps } from './deps.ts'
import { forReader, hasMore } from './for-reader.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { StoredEnvelope } from './store/index.ts'
import type { TokenBearer } from './tokens.ts'

/** Bounds of what is asked. */
export const queryLimits = {
  rows: 100,
  preferenceRows: 500,
  batch: 50,
  topics: 10_000,
  bytes: 1024 * 1024,
} as const

/** A page whose envelopes carry what the store knows besides, so far as its reader gets it. */
export type Page = Omit<EnvelopePage, 'envelopes'> & { readonly envelopes: readonly StoredEnvelope[] }

/** Who reads, by token; asked only where that matters. */
export type Reader = () => TokenBearer | undefined

/** Answers one page as XMTP V2 orders it: by time and digest, newest first where nothing is said. */
export async function queryPage(
  { store }: Pick<NodeDeps, 'store'>,
  query: PageQuery,
  reader: Reader,
  bytes: number = queryLimits.bytes,
): Promise<{ ok: true; page: Page } | Refusal> {
  const refusal = checkQuery(query) ?? checkReader(query.contentTopics, reader)
  if (refusal) return refusal
  const { contentTopics: topics, startTimeNs, endTimeNs, direction, cursor } = query
  const limit = query.limit === 0 ? queryLimits.rows : query.limit
  const descending = direction !== 'ascending'
  const found = await store.page({
    topics,
    startTimeNs,
    endTimeNs,
    descending,
    limit,
    bytes,
    cursor,
  })
  const last = found.envelopes.at(-1)
  const isLast = !last || !(found.more || found.envelopes.length >= limit)
  const next = isLast ? undefined : { digest: last.digest, senderTimeNs: last.timestampNs }
  const envelopes = forWhomItIs(found.envelopes, reader)
  return { ok: true, page: { envelopes, limit: isLast ? 0 : limit, direction, cursor: next } }
}

function forWhomItIs(envelopes: readonly StoredEnvelope[], reader: Reader): readonly StoredEnvelope[] {
  if (!envelopes.some(hasMore)) return envelopes
  const address = addressOf(reader)
  return envelopes.map((envelope) => forReader(envelope, address))
}

/** Who asks; a token that proves nothing is no reason to refuse what anybody may read. */
function addressOf(reader: Reader): Address | undefined {
  try {
    return reader()?.address
  } catch (error) {
    if (error instanceof BaseError) return undefined
    throw error
  }
}

/** Answers several pages, which share the bounds of one: later pages end early, and say that there is more. */
export async function queryPages(
  deps: Pick<NodeDeps, 'store'>,
  queries: readonly PageQuery[],
  reader: Reader,
): Promise<{ ok: true; pages: Page[] } | Refusal> {
  const refusal = checkBatch(queries)
  if (refusal) return refusal
  const pages: Page[] = []
  let bytes: number = queryLimits.bytes
  for (const query of queries) {
    const result = await queryPage(deps, query, reader, bytes)
    if (!result.ok) return result
    pages.push(result.page)
    bytes -= bytesOfPage(result.page)
  }
  return { ok: true, pages }
}

/** What the envelopes of a page weigh. */
export const bytesOfPage = ({ envelopes }: Page): number =>
  envelopes.reduce((sum, { message, evidence }) => sum + message.length + (evidence?.length ?? 0), 0)

export const bytesOfPages = (pages: readonly Page[]): number => pages.reduce((sum, page) => sum + bytesOfPage(page), 0)

function checkBatch(queries: readonly PageQuery[]): Refusal | undefined {
  const { batch, topics } = queryLimits
  if (queries.length > batch) return refuse('query.malformed', `cannot exceed ${batch} requests in single batch`)
  const count = queries.reduce((sum, { contentTopics }) => sum + contentTopics.length, 0)
  return count > topics ? refuse('query.malformed', `At most ${topics} topics.`) : undefined
}

function checkQuery({ contentTopics, limit, cursor }: PageQuery): Refusal | undefined {
  const [only = '', second] = contentTopics
  const refusal = checkTopics(contentTopics)
  if (refusal) return refusal
  const isPreferences = second === undefined && only.startsWith('/xmtp/0/userpreferences-')
  const most = isPreferences ? queryLimits.preferenceRows : queryLimits.rows
  if (limit > most) return refuse('query.malformed', `cannot exceed ${most} rows per query`)
  if (cursor && cursor.digest.length > 64) return refuse('query.malformed', 'Expected a cursor from an earlier page.')
  return undefined
}

/** What can be asked for at all; a topic outside the grammar is only empty. */
export function checkTopics(topics: readonly string[]): Refusal | undefined {
  if (topics.length === 0) return refuse('query.malformed', 'content topics required')
  if (topics.length > queryLimits.topics) return refuse('query.malformed', `At most ${queryLimits.topics} topics.`)
  const isText = topics.every((topic) => topic.length <= 300 && topic.isWellFormed() && !topic.includes('\0'))
  return isText ? undefined : refuse('query.malformed', 'A topic has at most 300 characters, and no invalid ones.')
}

/** Letters, logs and lists of blocks are read by their owner only, whose token says so. */
export function checkReader(topics: readonly string[], reader: Reader): Refusal | undefined {
  const wanted = topics.filter(isPrivateTopic)
  if (wanted.length === 0) return undefined
  const bearer = reader()
  if (!bearer) return refuse('token.missing', "Reading a private topic takes its owner's token.")
  const own = new Set(privateTopicsOf(bearer.address))
  const isOwner = wanted.every((topic) => own.has(topic))
  return isOwner ? undefined : refuse('topic.owner-only', 'Only its owner reads a private topic.')
}

/** Whose stream of topics it is, where some are private: it ends with the token that those are read with. */
export function streamReader(topics: readonly string[], reader: Reader): TokenBearer | undefined {
  return topics.some(isPrivateTopic) ? reader() : undefined
}
