import { joinSignals, pause } from '../async.ts'
import { uint64FromJson } from '../codec/index.ts'
import { NodeRefusedError, NodeResponseError, NodeUnavailableError } from './errors.ts'
import { readLines } from './lines.ts'
import { grpcProblemOf, isRecord } from './problem.ts'
import { type TaggedEnvelope, taggedFromJson } from './query-json.ts'
import { type Connection, parseJson, postForStream } from './request.ts'

/** An envelope from a stream, with the node's own number where the node has one. */
export type StreamedEnvelope = TaggedEnvelope & { sequence?: bigint | undefined }

/** What to listen to, and how patiently. */
export type SubscribeOptions = {
  contentTopics: readonly string[]
  /** Resume strictly after this number of the node's; from now on unless given. */
  after?: bigint | undefined
  /** `v2` for nodes that know only XMTP V2: what is published while the stream is down is lost there. */
  protocol?: 'pennypost' | 'v2'
  /** A bearer token, asked for at each connection: some topics are for their owner's eyes. */
  token?: (() => string) | undefined
  signal?: AbortSignal | undefined
  /** Silence after which the stream counts as lost; nodes send a sign of life more often. */
  idleTimeoutMs?: number
  /** Milliseconds to wait before the given attempt to connect again, the first being 1. */
  backoff?: (attempt: number) => number
  /** Told when the stream was lost, and when it is back. */
  onState?: (state: 'lost' | 'connected') => void
}

/** Envelopes as they come. `return()`, or leaving the loop, closes the stream at once. */
export type Subscription = AsyncIterableIterator<StreamedEnvelope, undefined>

type Settled = SubscribeOptions & Required<Pick<SubscribeOptions, 'protocol' | 'idleTimeoutMs' | 'backoff' | 'onState'>>

const retryNever = new Set<unknown>([3, 5, 7, 9, 12, 16])

/**
 * Subscribes to topics. Resolves once the node listens, so that nothing published afterwards is missed; a node that
 * refuses or cannot be reached at first is an error. Later losses are repaired by connecting again after the last number
 * seen, so nothing is lost or repeated.
 */
export async function subscribe(connection: Connection, options: SubscribeOptions): Promise<Subscription> {
  const settled: Settled = {
    protocol: 'pennypost',
    idleTimeoutMs: 120_000,
    backoff: (attempt) => Math.min(15_000, 125 * 2 ** attempt),
    onState: () => undefined,
    ...options,
  }
  const closing = new AbortController()
  const { signal, release } = joinSignals([settled.signal, closing.signal])
  const first = await connect(connection, settled, { after: settled.after, signal }).catch((error: unknown) => {
    release()
    throw error
  })
  signal.addEventListener('abort', () => void first.cancel().catch(() => undefined), { once: true }) // if never read
  const envelopes = follow(connection, settled, { first, signal, closed: closing.signal })
  const subscription: Subscription = {
    [Symbol.asyncIterator]: () => subscription,
    next: () => envelopes.next(),
    async return() {
      closing.abort()
      return envelopes.return(undefined)
    },
  }
  return subscription
}

type Run = { first: ReadableStream<Uint8Array>; signal: AbortSignal; closed: AbortSignal }

type Position = { after: bigint | undefined; attempt: number }

async function* follow(
  connection: Connection,
  options: Settled,
  { first, signal, closed }: Run,
): AsyncGenerator<StreamedEnvelope, undefined> {
  const position: Position = { after: options.after, attempt: 0 }
  let body: ReadableStream<Uint8Array> | undefined = first
  while (!closed.aborted) {
    try {
      body ??= await reconnect(connection, options, { position, signal })
      yield* read(body, { ...options, signal }, position)
    } catch (error) {
      if (!closed.aborted) assertLost(error, signal)
    }
    body = undefined
    if (++position.attempt === 1 && !closed.aborted) options.onState('lost')
  }
  return undefined
}

/** Only the loss of a connection is worth another attempt. */
function assertLost(error: unknown, signal: AbortSignal): void {
  signal.throwIfAborted()
  if (!(error instanceof NodeUnavailableError)) throw error
}

async function* read(
  body: ReadableStream<Uint8Array>,
  { idleTimeoutMs, signal }: Settled & { readonly signal: AbortSignal },
  position: Position,
): AsyncGenerator<StreamedEnvelope> {
  for await (const line of readLines(body, { idleTimeoutMs, signal })) {
    if (line.trim() === '') continue
    const { envelope, sequence } = parseLine(line)
    position.attempt = 0
    position.after = sequence ?? position.after
    if (envelope) yield { ...envelope, sequence }
  }
}

async function reconnect(
  connection: Connection,
  options: Settled,
  { position, signal }: { position: Position; signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  await pause(options.backoff(position.attempt), signal)
  const body = await connect(connection, options, { after: position.after, signal })
  options.onState('connected')
  return body
}

async function connect(
  connection: Connection,
  { protocol, contentTopics, token }: Settled,
  { after, signal }: { after: bigint | undefined; signal: AbortSignal },
): Promise<ReadableStream<Uint8Array>> {
  const path = protocol === 'v2' ? '/message/v1/subscribe' : '/v1/subscribe'
  const resume = protocol === 'v2' || after === undefined ? {} : { after: after.toString() }
  const body = JSON.stringify({ contentTopics, ...resume })
  return postForStream(connection, path, { body, token: token?.(), signal })
}

/** A line is an envelope, a sign of life (which may carry the node's current number), or an error. */
function parseLine(line: string): { envelope: TaggedEnvelope | undefined; sequence: bigint | undefined } {
  const json = parseJson(line)
  if (!isRecord(json)) throw new NodeResponseError('Expected an object on each line of the stream.')
  if (isRecord(json.error)) throw errorOfLine(json.error)
  const result = isRecord(json.result) ? json.result : {}
  return {
    sequence: result.sequence === undefined ? undefined : uint64FromJson(result.sequence),
    envelope: result.message === undefined ? undefined : taggedFromJson(result),
  }
}

function errorOfLine(json: Record<string, unknown>): Error {
  const problem = grpcProblemOf(200, json)
  if (!problem) return new NodeUnavailableError('The stream ended with an error.')
  return retryNever.has(problem.grpc)
    ? new NodeRefusedError(problem)
    : new NodeUnavailableError(problem.message, { problem })
}
