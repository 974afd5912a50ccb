import { joinSignals, orAborted } from '../async.ts'
import { BaseError, type ErrorOptions } from '../errors.ts'

/** The platform's `fetch`, or something like it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Who is asked, and the errors that say what came of it. */
export type Peer = {
  readonly name: 'node' | 'prover'
  readonly unavailable: (message: string, options?: ErrorOptions) => BaseError
  readonly malformed: (message: string, options?: ErrorOptions) => BaseError
}

/** A whole answer. The status is the caller's to judge. */
export type Answer = { readonly status: number; readonly contentType: string; readonly bytes: Uint8Array }

export type Asking = {
  readonly peer: Peer
  readonly fetch: Fetch
  readonly url: string
  readonly init: RequestInit
  /** The longest answer that is read. */
  readonly mostBytes: number
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How long a request may take, from the first byte sent to the last one read. */
const defaultTimeoutMs = 30_000

/** What a browser must not add on its own: nothing that two requests have in common. And nobody sends us elsewhere. */
const ownInit = { credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store', redirect: 'manual' } as const

/** Asks and reads the whole answer, within its time and its bound, or until the signal ends it. */
export function exchange(asking: Asking): Promise<Answer> {
  return within(asking, async (signal) => {
    const response = await request(asking, signal)
    return readAnswer(response, { ...asking, signal })
  })
}

/** Asks, and answers as soon as the status and the headers are there: the body is a stream's. */
export function openExchange(asking: Asking): Promise<Response> {
  return within(asking, (signal) => request(asking, signal))
}

/** Reads the rest of an answer. */
export function readRest(response: Response, asking: Asking): Promise<Answer> {
  return within(asking, (signal) => readAnswer(response, { ...asking, signal }))
}

async function request({ peer, fetch, url, init }: Asking, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { ...ownInit, ...init, signal })
  if (!isRedirect(response)) return response
  await response.body?.cancel().catch(() => undefined)
  throw peer.unavailable(`The ${peer.name} answered with a redirect, which is not followed.`, {
    hint: 'Configure the URL that answers directly.',
  })
}

/** A fetch that follows redirects whatever it is told is caught, too, if late. */
const isRedirect = ({ status, type, redirected }: Response): boolean =>
  redirected || type === 'opaqueredirect' || (status >= 300 && status < 400)

async function readAnswer(response: Response, asking: Asking & { readonly signal: AbortSignal }): Promise<Answer> {
  const { status, headers, body } = response
  const bytes = body ? await readBody(body, asking) : await readWhole(response, asking)
  return { status, contentType: headers.get('content-type') ?? '', bytes }
}

async function readBody(
  body: ReadableStream<Uint8Array>,
  { signal, ...asking }: Asking & { readonly signal: AbortSignal },
): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await orAborted(reader.read(), signal)
      if (done) return join(parts, length)
      length += value.length
      requireWithin(length, asking)
      parts.push(value)
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

/** Where the platform's fetch cannot stream. */
async function readWhole(response: Response, { signal, ...asking }: Asking): Promise<Uint8Array> {
  const bytes = new Uint8Array(await orAborted(response.arrayBuffer(), signal))
  requireWithin(bytes.length, asking)
  return bytes
}

function requireWithin(length: number, { peer, mostBytes }: Asking): void {
  if (length > mostBytes) throw peer.malformed(`The ${peer.name}'s answer is longer than ${mostBytes} bytes.`)
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = parts
  if (parts.length === 1 && first) return first
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Runs a step that ends with its time or its signal, even where what it calls heeds neither. */
async function within<T>(
  { peer, signal, timeoutMs = defaultTimeoutMs }: Asking,
  step: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted()
  const ending = joinSignals([signal], { afterMs: timeoutMs })
  try {
    return await orAborted(step(ending.signal), ending.signal)
  } catch (cause) {
    signal?.throwIfAborted()
    if (ending.signal.aborted) {
      throw peer.unavailable(`The ${peer.name} did not answer in ${timeoutMs / 1000} seconds.`, { cause })
    }
    if (cause instanceof BaseError) throw cause
    throw peer.unavailable(`The ${peer.name} cannot be reached.`, {
      cause,
      hint: 'Check its URL and that it is running.',
    })
  } finally {
    ending.release()
  }
}
