import type { AddressInfo } from 'node:net'
import express, { type NextFunction, type Request, type Response } from 'express'
import { createHost, problemOf } from './host.ts'
import { openLane } from './open-lane.ts'
import { takeLetter } from './take-letter.ts'

// An Express application that takes letters for one account, from whoever has a stamp.

const host = await createHost()
const app = express()
app.use(express.raw({ type: 'application/x-protobuf', limit: 500_000 }))

app.post('/v1/lanes', async ({ body }: Request<unknown, unknown, Buffer>, response) => {
  const opened = await openLane(host, body)
  if (!opened.ok) throw opened
  response.type('application/x-protobuf').send(Buffer.from(opened.grant))
})

app.post('/v1/publish', ({ body }: Request<unknown, unknown, Buffer>, response) => {
  const taken = takeLetter(host, body)
  if (!taken.ok) throw taken
  response.json({})
})

app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
  const problem = problemOf(error)
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem))
})

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
