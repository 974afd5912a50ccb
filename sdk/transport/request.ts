import { NodeRefusedError, NodeResponseError, NodeUnavailableError, nodePeer } from './errors.ts'
import { type Answer, type Asking, exchange, type Fetch, openExchange, readRest } from './exchange.ts'
import { isPage, nodeProblemOf, textOf } from './problem.ts'

/** How to reach a node: its URL, and by which fetch. */
export type Connection = {
  readonly url: string
  readonly fetch: Fetch
  readonly timeoutMs?: number | undefined
}

/** One request: what to send, with which token, until when. */
export type RequestOptions = {
  readonly body: string | Uint8Array
  readonly contentType?: string
  readonly accept?: string
  readonly token?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** The longest answer that is read. */
  readonly mostBytes?: number
}

/** Of pages, which hold up to a MiB of messages in base64, or one envelope each. */
export const mostPageBytes = 32 * 1024 * 1024
/** Of everything else. */
const mostBytesElsewhere = 1024 * 1024

/** Posts to a node. Throws the errors of `errors.ts`, or the signal's reason; the status is the caller's to judge. */
export function post(connection: Connection, path: string, options: RequestOptions): Promise<Answer> {
  return exchange(askingOf(connection, path, options))
}

function askingOf({ url, fetch, timeoutMs }: Connection, path: string, options: RequestOptions): Asking {
  const { body, contentType = 'application/json', accept = 'application/json', token, signal } = options
  const own = { 'content-type': contentType, accept, ...(token && { authorization: `Bearer ${token}` }) }
  return {
    peer: nodePeer,
    fetch,
    url: urlOf(url, path),
    init: { method: 'POST', headers: own, body: body as BodyInit },
    mostBytes: options.mostBytes ?? mostBytesElsewhere,
    timeoutMs,
    signal,
  }
}

const urlOf = (url: string, path: string): string => `${url.replace(/\/+$/, '')}${path}`

/** Posts JSON and reads JSON; refusals and failures of the node are errors. */
export async function postJson(
  connection: Connection,
  path: string,
  json: unknown,
  options: Omit<RequestOptions, 'body'> = {},
): Promise<unknown> {
  const answer = await post(connection, path, { ...options, body: JSON.stringify(json) })
  return parseJson(textOf(assertOk(answer)))
}

/** Posts JSON and reads protobuf where the node answers it, else JSON; refusals and failures are errors. */
export async function postForEither<T>(
  connection: Connection,
  path: string,
  json: unknown,
  { readBinary, readJson, ...options }: Omit<RequestOptions, 'body' | 'accept'> & Readers<T>,
): Promise<T> {
  const answer = await post(connection, path, { ...options, accept: eitherType, body: JSON.stringify(json) })
  assertOk(answer)
  return answer.contentType.includes('protobuf') ? readBinary(answer.bytes) : readJson(parseJson(textOf(answer)))
}

type Readers<T> = { readonly readBinary: (bytes: Uint8Array) => T; readonly readJson: (json: unknown) => T }

const eitherType = 'application/x-protobuf, application/json;q=0.5'

/** Gets JSON. */
export async function getJson(connection: Connection, path: string, signal?: AbortSignal): Promise<unknown> {
  const asking = askingOf(connection, path, { body: '', signal })
  const init = { headers: { accept: 'application/json' } }
  return parseJson(textOf(assertOk(await exchange({ ...asking, init }))))
}

/** Posts JSON and answers the stream that comes back; refusals and failures are errors. */
export async function postForStream(
  connection: Connection,
  path: string,
  options: RequestOptions,
): Promise<ReadableStream<Uint8Array>> {
  const asking = askingOf(connection, path, options)
  const response = await openExchange(asking)
  const contentType = response.headers.get('content-type') ?? ''
  if (!response.ok || isPage(contentType)) assertOk(await readRest(response, asking))
  if (!response.body) {
    throw new NodeResponseError("This platform's fetch cannot stream, so nothing can be listened to.", {
      hint: 'Ask for conversations and messages from time to time instead.',
    })
  }
  return response.body
}

/** An answer that did what was asked; throws what it is otherwise. */
export function assertOk(answer: Answer): Answer {
  if (answer.status < 200 || answer.status > 299) throw errorOf(answer)
  if (isPage(answer.contentType)) throw notTheNode(answer.status)
  return answer
}

/** The error that an answer is: too many requests and faults may pass, every other word of the node's stays. */
export function errorOf(answer: Answer): NodeRefusedError | NodeUnavailableError {
  const { status } = answer
  const problem = nodeProblemOf(answer)
  if (!problem) return notTheNode(status)
  const mayPass = status === 429 || (status >= 500 && status !== 501)
  return mayPass ? new NodeUnavailableError(problem.message, { problem }) : new NodeRefusedError(problem)
}

function notTheNode(status: number): NodeUnavailableError {
  return new NodeUnavailableError(`The answer (${status}) is not the node's own.`, {
    hint: 'A proxy or a portal may be in between; check the URL.',
  })
}

/** JSON, or an error that says the node does not speak it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NodeResponseError('Expected JSON from the node.', { cause })
  }
}
