import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

type Answer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply
type Count = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>

/** Counts against a caller's requests what comes to no route. */
export type RequestCount = {
  /** From now on, in an app whose routes are limited: preflights, which are answered before a route is looked for. */
  follow(app: FastifyInstance): void
  /** How the framework answers what it refuses by itself, such as a URL that is none. */
  counted(answer: Answer): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void
}

export function createRequestCount(): RequestCount {
  let count: Count = async () => undefined
  return {
    follow(app) {
      const limit = app.rateLimit()
      count = async (request, reply) => await limit.call(app, request, reply)
      app.addHook('onRequest', async (request, reply) => {
        if (request.method === 'OPTIONS') await count(request, reply)
      })
    },
    counted: (answer) => (error, request, reply) => {
      count(request, reply).then(
        () => answer(error, request, reply),
        (limited) => answer(limited, request, reply),
      )
    },
  }
}
