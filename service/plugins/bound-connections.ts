import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { callerOf } from './callers.ts'

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

/** Ends what one caller opens beyond so many connections at a time, before anything is read of it. */
export function boundConnections(app: FastifyInstance, ofCaller: number): void {
  const counts = new Map<string, number>()
  app.server.on('connection', (socket: Socket) => {
    const who = callerOf({ ip: socket.remoteAddress ?? '' })
    const count = (counts.get(who) ?? 0) + 1
    if (count > ofCaller) return void socket.destroy()
    counts.set(who, count)
    socket.once('close', () => {
      const left = (counts.get(who) ?? 1) - 1
      if (left > 0) counts.set(who, left)
      else counts.delete(who)
    })
  })
}
