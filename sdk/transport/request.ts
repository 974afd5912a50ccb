import { NodeRefusedError, NodeResponseError, NodeUnavailableError, problemFromJson } from './errors.ts'

/** The platform's `fetch`, or something like it. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** How to reach a node: its URL, by which fetch, and with which headers. */
export type Connection = { url: string; fetch: Fetch; headers: Record<string, string> }

/** What a browser must not add on its own: nothing that two requests have in common. */
const anonymous = { credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' } as const

/** One request: what to send, with which token, until when. */
export type RequestOptions = {
  body: string | Uint8Array
  contentType?: string
  accept?: string
  token?: string | undefined
  signal?: AbortSignal | undefined
}

/**
 * Posts to a node. Throws {@link NodeUnavailableError} when nothing comes back; the signal's reason when aborted. The
 * status is the caller's to judge.
 */
export function post(connection: Connection, path: string, options: RequestOptions): Promise<Response> {
  const { body, contentType = 'application/json', accept = 'application/json', token, signal } = options
  const headers = { 'content-type': contentType, accept, ...(token && { authorization: `Bearer ${token}` }) }
  return send(connection, path, { method: 'POST', headers, body: body as BodyInit, signal: signal ?? null })
}

async function send({ url, fetch, headers }: Connection, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      ...anonymous,
      ...init,
      headers: { ...headers, ...init.headers },
    })
  } catch (cause) {
    throw unavailable(cause, init.signal)
  }
}

/** Posts JSON and reads JSON; refusals and failures of the node are errors. */
export async function postJson(
  connection: Connection,
  path: string,
  json: unknown,
  options: Omit<RequestOptions, 'body'> = {},
): Promise<unknown> {
  const response = await post(connection, path, { ...options, body: JSON.stringify(json) })
  if (!response.ok) throw await errorOf(response, options.signal)
  return parseJson(await readText(response, options.signal))
}

/** Posts JSON and reads protobuf where the node answers it, else JSON; refusals and failures are errors. */
export async function postForEither<T>(
  connection: Connection,
  path: string,
  json: unknown,
  { readBinary, readJson, ...options }: Omit<RequestOptions, 'body' | 'accept'> & Readers<T>,
): Promise<T> {
  const response = await post(connection, path, { ...options, accept: eitherType, body: JSON.stringify(json) })
  if (!response.ok) throw await errorOf(response, options.signal)
  const isBinary = response.headers.get('content-type')?.includes('protobuf')
  if (isBinary) return readBinary(await readBytes(response, options.signal))
  return readJson(parseJson(await readText(response, options.signal)))
}

type Readers<T> = { readonly readBinary: (bytes: Uint8Array) => T; readonly readJson: (json: unknown) => T }

const eitherType = 'application/x-protobuf, application/json;q=0.5'

/** Gets JSON. */
export async function getJson(connection: Connection, path: string, signal?: AbortSignal): Promise<unknown> {
  const response = await send(connection, path, { headers: { accept: 'application/json' }, signal: signal ?? null })
  if (!response.ok) throw await errorOf(response, signal)
  return parseJson(await readText(response, signal))
}

/** The error that a response is. */
export async function errorOf(response: Response, signal?: AbortSignal): Promise<Error> {
  return errorFrom(response.status, await readText(response, signal))
}

/** The error that a status and a body are: too many requests and faults may pass, everything else stays refused. */
export function errorFrom(status: number, text: string): NodeRefusedError | NodeUnavailableError {
  const problem = problemFromJson(status, safeJson(text))
  const mayPass = status === 429 || (status >= 500 && status !== 501)
  return mayPass ? new NodeUnavailableError(problem.message, { problem }) : new NodeRefusedError(problem)
}

/** The error of a connection that broke: the signal's own reason where it was aborted. */
export function unavailable(cause: unknown, signal?: AbortSignal | null): unknown {
  if (signal?.aborted) return signal.reason
  return new NodeUnavailableError('The node cannot be reached.', { cause, hint: 'Check its URL and whether it runs.' })
}

/** A response's text. */
export async function readText(response: Response, signal?: AbortSignal): Promise<string> {
  try {
    return await response.text()
  } catch (cause) {
    throw unavailable(cause, signal)
  }
}

/** A response's bytes. */
export async function readBytes(response: Response, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    throw unavailable(cause, signal)
  }
}

/** JSON, or an error that says the node does not speak it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new NodeResponseError('Expected JSON from the node.', { cause })
  }
}

/** JSON where there is some. */
export function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
