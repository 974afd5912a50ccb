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

/** Keeps idle streams alive: Node's fetch ends a body that is silent for 300 seconds. */
export function createStreams({ keepAliveMs, gauge }: { keepAliveMs: number; gauge: Gauge }): Streams {
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
      let position: bigint | undefined
      const write = (chunk: string | Uint8Array): void => {
        if (raw.writableLength > maxBehind) raw.destroy()
        else if (!raw.destroyed) raw.write(chunk)
      }
      const ping = (): void => write(format.keepAlive(position))
      const stop = start({
        send(envelope) {
          position = envelope.sequence ?? position
          write(format.envelope(envelope))
        },
        position(sequence) {
          position = position !== undefined && position > sequence ? position : sequence
          ping()
        },
        fail(error) {
          request.log.error({ error }, 'stream failed')
          raw.destroy()
        },
      })
      open.set(raw, { ping })
      gauge.inc()
      raw.once('close', () => {
        open.delete(raw)
        gauge.dec()
        stop()
      })
    },
    close() {
      clearInterval(timer)
      for (const raw of open.keys()) raw.end()
    },
  }
}

const streamHeaders = ({ contentType }: StreamFormat) => ({
  'content-type': contentType,
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
})
