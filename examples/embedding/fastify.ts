import fastify from 'fastify'
import { createHost, problemOf } from './host.ts'
import { openLane } from './open-lane.ts'
import { takeLetter } from './take-letter.ts'

// A Fastify application that takes letters for one account, from whoever has a stamp.

const host = await createHost()
const app = fastify({ bodyLimit: 500_000 })
app.addContentTypeParser('application/x-protobuf', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
app.setErrorHandler((error, _, reply) => {
  const problem = problemOf(error)
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
})

app.post<{ Body: Buffer }>('/v1/lanes', async ({ body }, reply) => {
  const opened = await openLane(host, body)
  if (!opened.ok) throw opened
  return reply.type('application/x-protobuf').send(Buffer.from(opened.grant))
})

app.post<{ Body: Buffer }>('/v1/publish', async ({ body }) => {
  const taken = takeLetter(host, body)
  if (!taken.ok) throw taken
  return {}
})

console.log(await app.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' }))
