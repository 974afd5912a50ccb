import type { FastifyReply } from 'fastify'
import type { Gauge } from 'prom-client'
import { callerOf } from '../plugins/callers.ts'
import { createPump } from './pump.ts'
import { refuse } from './refusal.ts'
import { createStream, type StreamExchange, type StreamFormat, type StreamParts } from './stream.ts'
import type { StreamSink } from './subscribe.ts'

/** All open streams of a node. */
export type Streams = {
  /** Whether one caller, by what its streams listen to, has room for one more. */
  hasRoom(who: string, topics: readonly string[] | 'all'): boolean
  /** Answers a request with a stream; `start` gets where to write and answers how to stop. */
  open(exchange: StreamExchange, format: StreamFormat, start: (sink: StreamSink) => () => void): void
  close(): void
}

/** What a caller is told whose streams listen to too much. */
export const tooManyStreams = refuse('rate.limited', 'Too many streams. Close some, or listen to fewer topics.')

/** How streams are kept. */
export type StreamsOptions = Omit<StreamParts, 'pump'> & {
  readonly keepAliveMs: number
  readonly gauge: Gauge
  /** Topics that the streams of one caller listen to, each stream counting as {@link streamWeight} more. */
  readonly maxWeight: number
}

const streamWeight = 1000

const weightOf = (topics: readonly string[] | 'all'): number => (topics === 'all' ? 0 : topics.length) + streamWeight

/** Keeps idle streams alive: Node's fetch ends a body that is silent for 300 seconds. */
export function createStreams({ keepAliveMs, gauge, maxWeight, ...given }: StreamsOptions): Streams {
  const parts = { ...given, pump: createPump() }
  const open = new Map<FastifyReply['raw'], () => void>()
  const weights = createWeights()
  const timer = setInterval(() => {
    for (const ping of open.values()) ping()
  }, keepAliveMs)
  timer.unref()

  return {
    hasRoom: (who, topics) => weights.of(who) + weightOf(topics) <= maxWeight,
    open(exchange, format, start) {
      const { request, reply } = exchange
      const { raw } = reply
      const weight = weightOf(exchange.topics)
      reply.hijack()
      request.body = undefined // it is read, and a stream may last for days
      raw.shouldKeepAlive = false // its connection ends with it, so that closing waits for none
      raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...streamHeaders(format) })
      raw.flushHeaders()
      const stream = createStream(parts, exchange, format)
      const stop = start(stream.sink)
      open.set(raw, stream.ping)
      gauge.inc()
      weights.add(callerOf(request), weight)
      const end = (): void => {
        open.delete(raw)
        gauge.dec()
        weights.add(callerOf(request), -weight)
        stop()
        stream.close()
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

const streamHeaders = ({ contentType }: StreamFormat) => ({
  'content-type': contentType,
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
})
