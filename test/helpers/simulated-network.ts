import type { FastifyInstance } from 'fastify'
import type { Address } from '../../sdk/crypto/index.ts'
import type { Fetch } from '../../sdk/transport/index.ts'
import type { NodeConfig } from '../../service/node/index.ts'
import type { Dice } from './dice.ts'
import { forBoth } from './groth16.ts'
import { credulous, followed, makeNode, networkId, proverFetch, signer } from './node.ts'
import { createObserver, type Observer, type Seen, topicsIn } from './observer.ts'
import { simulateProving } from './proving-worker.ts'
import { createSimulatedProver, type SimulatedProver } from './simulated-prover.ts'
import { openInMemory } from './stored-in-memory.ts'
import { createVirtualTime, type VirtualTime } from './virtual-time.ts'

/** A real node and a prover of stamps in virtual time, and an observer at the doors of both. */
export type SimulatedNetwork = {
  readonly url: string
  readonly proverUrl: string
  /** What clients have to know of the network. */
  readonly terms: typeof followed & { readonly requestBits: number; readonly signers: readonly Address[] }
  /** Sells stamps: what is appended can be used after the next checkpoint. */
  readonly prover: Pick<SimulatedProver, 'append'>
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

/** Seconds between two checkpoints. */
const checkpointSeconds = 600

/** Real milliseconds for a client to hash what a prover sent: it stops in between, and time must not go on there. */
const hashingMs = 20

/** Milliseconds from a client to the node or back, in virtual time: 20 to 120 for both ways. */
const wayMs = { least: 10, range: 50 } as const

/**
 * Starts a node whose clock, like everybody's, is virtual; each request takes its time there and back. Proofs are not made, and
 * the node believes them: it is their times that count here.
 */
export async function startSimulatedNetwork(options: SimulatedOptions): Promise<SimulatedNetwork> {
  const { startSeconds, dice, node: config } = options
  const time = createVirtualTime(startSeconds)
  const observer = createObserver(networkId)
  const prover = createSimulatedProver({ now: time.now, dice: dice.fork('prover') })
  await prover.issue()
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const after = Number(new URL(String(url)).searchParams.get('after'))
    return proverFetch(prover.after(after))(url, init)
  }
  const trust = { ...followed, provers: ['http://prover.test'], signers: [signer.address] }
  const edges = { clock: time.now, groth16: forBoth(credulous()), fetch, openStore: openInMemory }
  const node = await makeNode({ ...trust, ...config }, edges)
  await node.checkpoints.poll()
  await node.app.ready()
  const stopProving = simulateProving(time, dice.fork('proofs').below)
  const closing = new AbortController()
  void issueFor(closing.signal)

  async function issueFor(signal: AbortSignal): Promise<void> {
    for (;;) {
      await time.sleep(1000 * checkpointSeconds, signal).catch(() => undefined)
      if (signal.aborted) return
      await time.whileBusy(() => prover.issue().then(node.checkpoints.poll))
    }
  }
  const way = (signal: AbortSignal | undefined) => time.sleep(wayMs.least + dice.below(wayMs.range), signal)
  const [url, proverUrl] = ['http://node.test', 'http://prover.test']
  const exchanging: Edges = { app: node.app, prover, time, observer, way }
  return {
    url,
    proverUrl,
    prover,
    terms: { ...followed, requestBits: 4, signers: [signer.address] },
    time,
    observer,
    fetchFor: (note) => async (address, init) => {
      const { signal, ...rest } = init
      const request = new Request(address, rest)
      const body = new Uint8Array(await request.arrayBuffer())
      // Not the request's own signal: that one follows only until the request is collected as garbage.
      const to = address.startsWith(proverUrl) ? 'prover' : 'node'
      const path = address.slice(to === 'prover' ? proverUrl.length : url.length)
      return exchange(exchanging, { request, to, path, body, signal: signal ?? undefined, note })
    },
    async close() {
      closing.abort(new Error('closed'))
      stopProving()
      await node.close()
    },
  }
}

type Edges = {
  readonly app: FastifyInstance
  readonly prover: SimulatedProver
  readonly time: VirtualTime
  readonly observer: Observer
  readonly way: (signal: AbortSignal | undefined) => Promise<void>
}

type Exchange = {
  readonly request: Request
  readonly to: 'node' | 'prover'
  readonly path: string
  readonly body: Uint8Array
  readonly signal: AbortSignal | undefined
  readonly note: (request: Seen) => void
}

async function exchange(edges: Edges, { request, to, path, body, signal, note }: Exchange): Promise<Response> {
  const { app, time, observer, way } = edges
  const { headers, method } = request
  await way(signal)
  const seen = observer.arrive({ path, headers, body, at: time.now() })
  note(seen)
  if (to === 'prover') {
    const { status, json } = edges.prover.answer(path)
    seen.status = status
    await way(signal)
    void time.whileBusy(() => new Promise((resolve) => setTimeout(resolve, hashingMs)))
    return Response.json(json, { status })
  }
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
