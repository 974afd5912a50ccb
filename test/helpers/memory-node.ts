import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Envelope, envelopeFromJson, envelopeToJson, parseTopic, verifyToken } from '../../sdk/codec/index.ts'
import { createMemoryStore, type QueryJson, type Stored } from './memory-store.ts'

type Subscriber = { topics: Set<string>; response: ServerResponse; isOurs: boolean }
type Received = { path: string; body: unknown; bytes: Buffer; headers: IncomingMessage['headers'] }
type Failure = { path: string; status: number; body: string | Uint8Array }

class Refused extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const statusOf: Record<number, number> = { 3: 400, 5: 404, 7: 403, 16: 401 }

/** The V2 API of a node in memory: enough for stock clients, and for our own transport. Not a node. */
export async function startMemoryNode() {
  const store = createMemoryStore()
  const subscribers = new Set<Subscriber>()
  const requests: Received[] = []
  const failures: Failure[] = []

  function publish(envelope: Envelope): void {
    const row = store.add(envelope)
    for (const subscriber of subscribers) {
      if (row && subscriber.topics.has(row.contentTopic)) writeRow(subscriber, row)
    }
  }

  function subscribe({ path, body }: Received, response: ServerResponse) {
    const { contentTopics, after = String(store.rows.length) } = body as { contentTopics: string[]; after?: string }
    const subscriber = { topics: new Set(contentTopics), response, isOurs: path.startsWith('/v1/') }
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    const missed = store.rows.filter(({ sequence }) => subscriber.isOurs && sequence > Number(after))
    for (const row of missed) if (subscriber.topics.has(row.contentTopic)) writeRow(subscriber, row)
    subscribers.add(subscriber)
    response.on('close', () => subscribers.delete(subscriber))
  }

  function answer({ path, body, headers }: Received) {
    switch (path) {
      case '/message/v1/publish': {
        const envelopes = (body as { envelopes: unknown[] }).envelopes.map(envelopeFromJson)
        assertOwner(envelopes, headers.authorization)
        envelopes.forEach(publish)
        return {}
      }
      case '/message/v1/query':
        return store.query(body as QueryJson)
      case '/message/v1/batch-query':
        return { responses: (body as { requests: QueryJson[] }).requests.map(store.query) }
      default:
        throw new Refused(5, 'Not Found')
    }
  }

  const server = createServer(async (request, response) => {
    const received = await receive(request)
    requests.push(received)
    const failure = failures.findIndex(({ path }) => path === received.path)
    if (failure >= 0) return fail(response, failures.splice(failure, 1)[0]!)
    if (received.path.endsWith('/subscribe')) return subscribe(received, response)
    respond(response, () => answer(received))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    publish,
    envelopes: (contentTopic: string) => store.rows.filter((row) => row.contentTopic === contentTopic),
    subscriptions: () => subscribers.size,
    /** Answers the next request to a path with this. */
    failNext: (path: string, status: number, body: string | Uint8Array = '') => failures.push({ path, status, body }),
    /** Writes raw text to every open stream. */
    writeRaw(text: string) {
      for (const { response } of subscribers) response.write(text)
    },
    /** Cuts every open stream. */
    dropStreams() {
      for (const { response } of subscribers) response.destroy()
      subscribers.clear()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A running node in memory. */
export type MemoryNode = Awaited<ReturnType<typeof startMemoryNode>>

async function receive(request: IncomingMessage): Promise<Received> {
  const bytes = Buffer.concat(await Array.fromAsync(request))
  const isProtobuf = request.headers['content-type'] === 'application/x-protobuf'
  const body: unknown = isProtobuf || bytes.length === 0 ? undefined : JSON.parse(bytes.toString())
  return { path: request.url ?? '', body, bytes, headers: request.headers }
}

function respond(response: ServerResponse, answer: () => unknown): void {
  try {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(answer()))
  } catch (error) {
    const code = error instanceof Refused ? error.code : 3
    const message = error instanceof Error ? error.message : String(error)
    response
      .writeHead(statusOf[code] ?? 500, { 'content-type': 'application/json' })
      .end(JSON.stringify({ code, message, details: [] }))
  }
}

function fail(response: ServerResponse, { status, body }: Failure): void {
  if (status === 0) response.destroy()
  else response.writeHead(status, { 'content-type': contentTypeOf(body) }).end(body)
}

/** As nodes say it: problem+json has a code in words, the gateway's JSON a number. */
function contentTypeOf(body: string | Uint8Array): string {
  if (typeof body !== 'string') return 'application/x-protobuf'
  if (body.startsWith('<')) return 'text/html'
  return body.startsWith('{"code":"') || body.includes('"detail":') ? 'application/problem+json' : 'application/json'
}

function writeRow({ response, isOurs }: Subscriber, { sequence, ...envelope }: Stored): void {
  const result = { ...envelopeToJson(envelope), ...(isOurs && { sequence: String(sequence) }) }
  response.write(`${JSON.stringify({ result })}\n`)
}

function assertOwner(envelopes: Envelope[], authorization: string | undefined): void {
  const holder = bearer(authorization)
  for (const { contentTopic } of envelopes) {
    const topic = parseTopic(contentTopic)
    if ((topic.kind === 'contact' || topic.kind === 'privatestore') && topic.owner !== holder) {
      throw new Refused(7, 'publishing to restricted topic')
    }
  }
}

function bearer(authorization: string | undefined): string {
  try {
    return verifyToken((authorization ?? '').replace(/^Bearer /, ''), Date.now() / 1000).address
  } catch (error) {
    throw new Refused(16, error instanceof Error ? error.message : String(error))
  }
}
