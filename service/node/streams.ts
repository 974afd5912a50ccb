import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Gauge } from 'prom-client'
import type { LiveEnvelope } from './bus.ts'
import type { StreamSink } from './subscribe.ts'

/** How a stream writes: one form for each kind of client. */
export type StreamFormat = {
  readonly contentType: string
  envelope(envelope: LiveEnvelope): string | Uint8Array
  /** Nothing new, up to this sequence. */
  keepAlive(position: bigint | undefined): string | Uint8Array
}

/** All open streams of a node. */
export type Streams = {
  /** Answers a request with a stream; `start` gets where to write and answers how to stop. */
  open(
    exchange: { request: FastifyRequest; reply: FastifyReply },
    format: StreamFormat,
    start: (sink: StreamSink) => () => void,
  ): void
  close(): void
}

/** A reader that falls so far behind is let go: it resumes, or lists what it missed. */
const maxBehind = 32 * 1024 * 1024

/** How streams are kept, and how far the store is. */
export type StreamsOptions = { readonly keepAliveMs: number; readonly gauge: Gauge; readonly position: () => bigint }

/** Keeps idle streams alive: Node's fetch ends a body that is silent for 300 seconds. */
export function createStreams({ keepAliveMs, gauge, position }: StreamsOptions): Streams {
  const open = new Map<FastifyReply['raw'], { ping: () => void }>()
  const timer = setInterval(() => {
    for (const { ping } of open.values()) ping()
  }, keepAliveMs)
  timer.unref()

  return {
    open({ request, reply }, format, start) {
      const { raw } = reply
      reply.hijack()
      raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...streamHeaders(format) })
      raw.flushHeaders()
      let isLive = false
      const write = (chunk: string | Uint8Array): void => {
        if (raw.writableLength > maxBehind) raw.destroy()
        else if (!raw.destroyed) raw.write(chunk)
      }
      const ping = (): void => write(format.keepAlive(isLive ? position() : undefined))
      const stop = start({
        send: (envelope) => write(format.envelope(envelope)),
        drained: () => drained(raw),
        live() {
          isLive = true
          ping()
        },
        fail(error) {
          request.log.error({ error }, 'stream failed')
          raw.destroy()
        },
      })
      open.set(raw, { ping })
      gauge.inc()
      const end = (): void => {
        open.delete(raw)
        gauge.dec()
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
