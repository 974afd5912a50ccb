import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { nodeModule } from '../crypto/node-module.ts'
import type { Fetch } from './exchange.ts'

/**
 * A fetch under Node whose every request has a connection of its own, closed with it: whoever listens cannot tie two requests
 * by their socket or by a resumed TLS session. It follows no redirect and knows no cookies. Undefined if there is no Node.
 */
export function ownConnection(): Fetch | undefined {
  const [http, https] = [nodeModule('node:http'), nodeModule('node:https')]
  if (!http || !https) return undefined
  return (url, init) => {
    const { request } = new URL(url).protocol === 'https:' ? https : http
    return ask((options) => request(url, options), init)
  }
}

type Start = (options: RequestOptions) => ClientRequest

async function ask(start: Start, { method = 'GET', headers, body, signal }: RequestInit): Promise<Response> {
  signal?.throwIfAborted()
  const bytes = body === undefined || body === null ? undefined : await bytesOf(body)
  return new Promise((resolve, reject) => {
    const request = start({
      agent: false, // one of its own, which keeps nothing
      method,
      headers: {
        ...Object.fromEntries(new Headers(headers)),
        'accept-encoding': 'gzip',
        ...(bytes && { 'content-length': bytes.length }),
      },
      signal: signal ?? undefined,
    })
    request.on('response', (message) => resolve(responseOf(message)))
    request.on('error', reject)
    request.end(bytes)
  })
}

const bytesOf = async (body: BodyInit): Promise<Uint8Array> => new Uint8Array(await new Response(body).arrayBuffer())

/** Statuses that have no body. */
const bodiless = new Set([204, 205, 304])

function responseOf(message: IncomingMessage): Response {
  const { statusCode: status = 500, headers } = message
  const listed = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
  if (bodiless.has(status)) {
    message.resume()
    return new Response(null, { status, headers: listed })
  }
  const raw = streamOf(message)
  const isZipped = headers['content-encoding'] === 'gzip'
  return new Response(isZipped ? raw.pipeThrough(new DecompressionStream('gzip')) : raw, { status, headers: listed })
}

function streamOf(message: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  const parts = message[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next()
      if (done) controller.close()
      else controller.enqueue(new Uint8Array(value))
    },
    cancel: () => void message.destroy(),
  })
}
