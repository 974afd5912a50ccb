import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { callerOf, isProxyOf, type TrustedProxies } from './callers.ts'

/** How long a connection may take for what. */
export type ConnectionTimes = {
  /** Until the head of a request is there. */
  readonly headMs: number
  /** Until all of a request is there; answers, as streams are, take as long as they want. */
  readonly requestMs: number
  /** Between two requests. */
  readonly idleMs: number
  /** How often it is looked which have taken too long. */
  readonly lookEveryMs: number
}

/** The largest body gets through a line of a megabit a second. */
export const connectionTimes: ConnectionTimes = {
  headMs: 20_000,
  requestMs: 180_000,
  idleMs: 72_000,
  lookEveryMs: 5_000,
}

/** Options of a Fastify server that keep these times. */
export const timed = ({ headMs, requestMs, idleMs, lookEveryMs }: ConnectionTimes) => ({
  http: { headersTimeout: headMs, requestTimeout: requestMs, connectionsCheckingInterval: lookEveryMs },
  requestTimeout: requestMs,
  keepAliveTimeout: idleMs,
})

/** Whoever asks after it has been answered may be faster than this side hears that the answer is out. */
const mostUnanswered = 2

type Bound = { readonly most: number; readonly trustProxy: TrustedProxies }

/**
 * Ends what a caller connects beyond so many connections: each may hold a head, or a small body, that does not end. Trusted
 * proxies hold those of everybody, and bound them themselves. A connection on which more is asked before an answer is taken
 * ends: answers to a thousand requests in one packet would wait for it.
 */
export function boundConnections(server: Server, { most, trustProxy }: Bound): void {
  const open = new Map<string, number>()
  const isProxy = isProxyOf(trustProxy)
  const change = (who: string, by: number): void => {
    const count = (open.get(who) ?? 0) + by
    if (count > 0) open.set(who, count)
    else open.delete(who)
  }
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: ip = '' } = socket
    if (isProxy(ip)) return
    const who = callerOf({ ip })
    if ((open.get(who) ?? 0) >= most) return void socket.destroy()
    change(who, 1)
    socket.once('close', () => change(who, -1))
  })
  const unanswered = new WeakMap<Socket, number>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const count = (unanswered.get(socket) ?? 0) + 1
    unanswered.set(socket, count)
    if (count > mostUnanswered) return void socket.destroy()
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
  })
}
