import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { integer, optional, setting, text } from './settings.ts'

/** A second listener of an app, for its operator: on it alone the app answers what is nobody else's business. */
export type Inside = {
  /** Whether a request came in there. Before it listens, whoever asks is this process. */
  isFrom(request: FastifyRequest): boolean
  /** Listens, and answers at which URL. */
  listen(at: { readonly host: string; readonly port: number }): Promise<string>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** See {@link addInside}. */
    inside: Inside
  }
}

/** Settings of the second listener. */
export const insideSettings = {
  metricsHost: setting('PENNYPOST_METRICS_HOST', text, {
    fallback: '127.0.0.1',
    about: 'Address on which the operator is answered: `/metrics`, and `/healthz` with what nobody else is told.',
  }),
  metricsPort: setting('PENNYPOST_METRICS_PORT', optional(integer(0, 65_535)), {
    fallback: '',
    about: 'Port for that; empty: 4,000 above the other one; 0 takes a free one.',
  }),
}

/** Gives an app its second listener, which closes with it. No page of another origin may read what is answered there. */
export function addInside(app: FastifyInstance): void {
  let server: Server | undefined
  let port: number | undefined
  const isFrom = (request: FastifyRequest) => request.raw.socket.localPort === port

  app.addHook('onSend', async (request, reply) => {
    if (server && isFrom(request)) for (const name of corsHeaders) reply.removeHeader(name)
  })
  app.addHook('onClose', async () => {
    server?.closeAllConnections()
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
  })

  app.decorate('inside', {
    isFrom,
    async listen({ host, port: wanted }) {
      const started = createServer((request, response) => app.routing(request, response))
      await new Promise<void>((resolve, reject) => {
        started.once('error', reject)
        started.listen(wanted, host, resolve)
      })
      server = started
      port = (started.address() as AddressInfo).port
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
  })
}

const corsHeaders = ['access-control-allow-origin', 'access-control-expose-headers'] as const

/** Where the second listener listens, by where the first one does. */
export const insideOf = ({ metricsHost: host, metricsPort, port }: InsideConfig): { host: string; port: number } => ({
  host,
  port: metricsPort ?? (port === 0 ? 0 : port > 61_535 ? port - 4_000 : port + 4_000),
})

type InsideConfig = {
  readonly metricsHost: string
  readonly metricsPort: number | undefined
  /** Where the app listens. */
  readonly port: number
}
