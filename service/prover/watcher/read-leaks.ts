import { decodeLeak, digestEnvelope, type Leak } from '@pennypost/sdk/codec'
import { fromBase64, toBase64 } from '@pennypost/sdk/crypto'
import { BaseError } from '@pennypost/sdk/verifier'

/** Reads what is new on a node's topic of leaks, a little at a time. */
export type LeakReader = () => Promise<Leak[]>

type Options = {
  /** Of the node. */
  readonly url: string
  readonly topic: string
  readonly fetch: typeof globalThis.fetch
  /** Ends all waiting. */
  readonly signal?: AbortSignal | undefined
}

/** Of one look at one node: what a hostile one can make us hash. */
const rows = 100
const pages = 2
const maxBytes = 256 * 1024
const timeoutMs = 10_000

/** A node's order is by its own clock, so that a leak may come to stand before what was read: all is read again. */
const looksBetweenRereads = 600

/** Follows the topic of one node. What is no leak is skipped; nothing that the node says is believed. */
export function createLeakReader({ url, topic, fetch, signal: closing }: Options): LeakReader {
  const path = `${url.replace(/\/$/, '')}/message/v1/query`
  let cursor: Cursor | undefined
  let looks = 0

  async function readPage(): Promise<Envelope[]> {
    const paging = { limit: rows, direction: 'SORT_DIRECTION_ASCENDING', cursor: cursor && { index: cursor } }
    const body = JSON.stringify({ contentTopics: [topic], pagingInfo: paging })
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(closing ? [closing] : [])])
    const response = await fetch(path, { method: 'POST', headers, body, signal })
    if (!response.ok) throw new LeaksUnreadableError(`${url} answers ${response.status}.`)
    const page = envelopesOf(JSON.parse(await readText(response)), topic).slice(0, rows)
    const last = page.at(-1)
    if (last) cursor = { senderTimeNs: String(last.timestampNs), digest: toBase64(digestEnvelope(last)) }
    return page
  }

  return async () => {
    looks += 1
    if (looks % looksBetweenRereads === 0) cursor = undefined
    const found: Leak[] = []
    for (let page = 0; page < pages; page++) {
      const envelopes = await readPage()
      for (const { message } of envelopes) found.push(...leakOf(message))
      if (envelopes.length < rows) break
    }
    return found
  }
}

type Cursor = { readonly senderTimeNs: string; readonly digest: string }
type Envelope = { readonly contentTopic: string; readonly timestampNs: bigint; readonly message: Uint8Array }

function envelopesOf(json: unknown, contentTopic: string): Envelope[] {
  const { envelopes } = json as { envelopes?: unknown }
  if (!Array.isArray(envelopes)) throw new LeaksUnreadableError('Expected a page of envelopes.')
  return envelopes.map(({ timestampNs, message }) => ({
    contentTopic,
    timestampNs: BigInt(timestampNs),
    message: fromBase64(message),
  }))
}

function leakOf(message: Uint8Array): Leak[] {
  try {
    return [decodeLeak(message)]
  } catch (error) {
    if (error instanceof BaseError) return []
    throw error
  }
}

/** The text of an answer that is not too long, read no further than that. */
async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let [text, bytes] = ['', 0]
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new LeaksUnreadableError('The answer is too long.')
    text += decoder.decode(chunk, { stream: true })
  }
  return text
}

/** A node does not let its topic of leaks be read. */
export class LeaksUnreadableError extends BaseError {
  readonly code = 'leaks.unreadable'
}
