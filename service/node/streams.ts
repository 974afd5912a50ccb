import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Gauge } from 'prom-client'
import { callerOf } from '../plugins/callers.ts'
import type { Clock } from '../plugins/clock.ts'
import type { LiveEnvelope } from './bus.ts'
import { refuse } from './refusal.ts'
import type { StreamSink } from './subscribe.ts'

/** How a stream writes: one form for each kind of client. */
export type StreamFormat = {
  readonly contentType: string
  envelope(envelope: LiveEnvelope): string | Uint8Array
  /** Nothing new, up to this sequence. */
  keepAlive(position: bigint | undefined): string | Uint8Array
}

/** A request that is answered with a stream. */
export type StreamExchange = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** How many it listens to. */
  readonly topics: number
  /** Unix seconds; nothing is sent from then on. */
  readonly until: number | undefined
}

/** All open streams of a node. */
export type Streams = {
  /** Whether one caller, by what its streams listen to, has room for one more. */
  hasRoom(who: string, topics: number): boolean
  /** Answers a request with a stream; `start` gets where to write and answers how to stop. */
  open(exchange: StreamExchange, format: StreamFormat, start: (sink: StreamSink) => () => void): void
  close(): void
}

/** What a caller is told whose streams listen to too much. */
export const tooManyStreams = refuse('rate.limited', 'Too many streams. Close some, or listen to fewer topics.')

/** A reader that falls so far behind is let go: it resumes, or lists what it missed. */
const maxBehind = 32 * 1024 * 1024

/** How streams are kept, and how far the store is. */
export type StreamsOptions = {
  readonly keepAliveMs: number
  readonly gauge: Gauge
  readonly position: () => bigint
  /** Topics that the streams of one caller listen to, each stream counting as {@link streamWeight} more. */
  readonly maxWeight: number
  readonly clock: Clock
}

const streamWeight = 1000

/** Keeps idle streams alive: Node's fetch ends a body that is silent for 300 seconds. */
export function createStreams({ keepAliveMs, gauge, position, maxWeight, clock }: StreamsOptions): Streams {
  const open = new Map<FastifyReply['raw'], { ping: () => void }>()
  const weights = createWeights()
  const timer = setInterval(() => {
    for (const { ping } of open.values()) ping()
  }, keepAliveMs)
  timer.unref()

  return {
    hasRoom: (who, topics) => weights.of(who) + topics + streamWeight <= maxWeight,
    open({ request, reply, topics, until = Number.POSITIVE_INFINITY }, format, start) {
      const { raw } = reply
      reply.hijack()
      raw.shouldKeepAlive = false // its connection ends with it, so that closing waits for none
      raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...streamHeaders(format) })
      raw.flushHeaders()
      let isLive = false
      const write = createWriter(raw, () => clock() >= until)
      const ping = (): void => write(format.keepAlive(isLive ? position() : undefined))
      const stop = start({
        send: (envelope) => write(format.envelope(envelope)),
        drained: () => drained(raw),
        live() {
          isLive = true
          ping()
        },
        fail(error) {
          request.log.error({ err: error }, 'A stream failed.')
          raw.destroy()
        },
      })
      open.set(raw, { ping })
      gauge.inc()
      weights.add(callerOf(request), topics + streamWeight)
      const end = (): void => {
        open.delete(raw)
        gauge.dec()
        weights.add(callerOf(request), -topics - streamWeight)
        stop()
      }
      if (raw.closed) end()
      else raw.once('close', end)
    },
    close() {
      clearInterval(timer)
      for (const raw of open.keys()) raw.end()
    },
  }
}

/** Writes as long as the stream may go on and its reader keeps up. */
function createWriter(raw: FastifyReply['raw'], isOver: () => boolean): (chunk: string | Uint8Array) => void {
  return (chunk) => {
    if (raw.destroyed || raw.writableEnded) return
    if (raw.writableLength > maxBehind) raw.destroy()
    else if (isOver()) raw.end()
    else raw.write(chunk)
  }
}

/** Sums by caller; one that comes to nothing is forgotten. */
function createWeights() {
  const weights = new Map<string, number>()
  const of = (who: string): number => weights.get(who) ?? 0
  return {
    of,
    add(who: string, weight: number): void {
      const sum = of(who) + weight
      if (sum > 0) weights.set(who, sum)
      else weights.delete(who)
    },
  }
}

/** Resolves when everything that was written is sent, or the connection is gone. */
function drained(raw: FastifyReply['raw']): Promise<void> {
  if (!raw.writableNeedDrain || raw.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      raw.off('drain', done).off('close', done)
      resolve()
    }
    raw.once('drain', done).once('close', done)
  })
}

const streamHeaders = ({ contentType }: StreamFormat) => ({
  'content-type': contentType,
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
})
