import type { FastifyInstance } from 'fastify'
import type { Fetch } from '../../sdk/transport/index.ts'
import type { NodeConfig } from '../../service/node/index.ts'
import type { Dice } from './dice.ts'
import { makeNode, networkId } from './node.ts'
import { createObserver, type Observer, type Seen, topicsIn } from './observer.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** A real node in virtual time, and an observer at its door. */
export type SimulatedNetwork = {
  readonly url: string
  /** What clients have to know of the node. */
  readonly terms: { readonly requestBits: number }
  readonly time: VirtualTime
  readonly observer: Observer
  /** A way to the node; `note` is told of each request, so that a test knows whose it is. */
  fetchFor(note: (request: Seen) => void): Fetch
  close(): Promise<void>
}

export type SimulatedOptions = {
  readonly startSeconds: number
  readonly dice: Dice
  readonly node?: Partial<NodeConfig>
}

/** Milliseconds from a client to the node or back, in virtual time: 20 to 120 for both ways. */
const wayMs = { least: 10, range: 50 } as const

/** Starts a node whose clock, like everybody's, is virtual; each request takes its time there and back. */
export async function startSimulatedNetwork(options: SimulatedOptions): Promise<SimulatedNetwork> {
  const { startSeconds, dice, node: config } = options
  const time = createVirtualTime(startSeconds)
  const observer = createObserver(networkId)
  const node = await makeNode(config, { clock: time.now })
  await node.app.ready()
  const way = (signal: AbortSignal | undefined) => time.sleep(wayMs.least + dice.below(wayMs.range), signal)
  const url = 'http://node.test'
  const edges: Edges = { app: node.app, time, observer, way }
  return {
    url,
    terms: { requestBits: 4 },
    time,
    observer,
    fetchFor: (note) => async (address, init) => {
      const { signal, ...rest } = init
      const request = new Request(address, rest)
      const body = new Uint8Array(await request.arrayBuffer())
      // Not the request's own signal: that one follows only until the request is collected as garbage.
      return exchange(edges, { request, path: address.slice(url.length), body, signal: signal ?? undefined, note })
    },
    close: () => node.close(),
  }
}

type Edges = {
  readonly app: FastifyInstance
  readonly time: VirtualTime
  readonly observer: Observer
  readonly way: (signal: AbortSignal | undefined) => Promise<void>
}

type Exchange = {
  readonly request: Request
  readonly path: string
  readonly body: Uint8Array
  readonly signal: AbortSignal | undefined
  readonly note: (request: Seen) => void
}

async function exchange(edges: Edges, { request, path, body, signal, note }: Exchange): Promise<Response> {
  const { app, time, observer, way } = edges
  const { headers, method } = request
  await way(signal)
  const seen = observer.arrive({ path, headers, body, at: time.now() })
  note(seen)
  const isStream = path.endsWith('/subscribe')
  const answer = await time.whileBusy(() =>
    app.inject({
      method: method as 'GET' | 'POST',
      url: path,
      headers: Object.fromEntries(headers),
      ...(body.length > 0 && { payload: Buffer.from(body) }),
      payloadAsStream: isStream,
    }),
  )
  seen.status = answer.statusCode
  const type = String(answer.headers['content-type'] ?? 'application/json')
  const init = { status: answer.statusCode, headers: { 'content-type': type } }
  if (isStream) {
    const source = { stream: answer.stream(), stop: () => void answer.raw.res.destroy() }
    await way(signal)
    return new Response(streamed(edges, { seen, signal, ...source }), init)
  }
  seen.answerBytes = answer.rawPayload.length
  await way(signal)
  return new Response(new Uint8Array(answer.rawPayload), init)
}

type Source = {
  readonly seen: Seen
  readonly signal: AbortSignal | undefined
  readonly stream: NodeJS.ReadableStream
  readonly stop: () => void
}

/** What the node writes reaches the reader later, in its order; what the reader ends is over at the node later. */
function streamed({ time, way }: Edges, { seen, signal, stream, stop }: Source): ReadableStream<Uint8Array> {
  let last: Promise<unknown> = Promise.resolve()
  const end = async () => {
    if (seen.endedAt !== undefined) return
    await way(undefined)
    seen.endedAt ??= time.now()
    stop()
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      stream.on('data', (chunk: Buffer) => {
        time.touch()
        noteDeliveries(seen, chunk, time.now())
        const arrival = way(undefined)
        last = last
          .then(() => arrival)
          .then(() => {
            if (seen.endedAt === undefined && !signal?.aborted) controller.enqueue(new Uint8Array(chunk))
            time.touch()
          })
          .catch(() => undefined) // it was closed meanwhile
      })
      stream.on('error', () => undefined)
      stream.on('end', () => {
        last = last.then(() => controller.close()).catch(() => undefined)
      })
      signal?.addEventListener('abort', () => {
        void end()
        controller.error(signal.reason)
      })
    },
    cancel: () => void end(),
  })
}

function noteDeliveries(seen: Seen, chunk: Buffer, at: number): void {
  seen.answerBytes += chunk.length
  for (const line of chunk.toString().split('\n')) {
    const [topic] = topicsIn(Buffer.from(line))
    if (topic) seen.deliveries.push({ at, topic, bytes: line.length })
  }
}
