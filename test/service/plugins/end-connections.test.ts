import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { endConnections } from '../../../service/plugins/end-connections.ts'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

async function listen(routes: (app: FastifyInstance) => void): Promise<{ app: FastifyInstance; port: number }> {
  const app = Fastify({ forceCloseConnections: 'idle' })
  endConnections(app)
  routes(app)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, port: (app.server.address() as { port: number }).port }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined) // what the server ends may be reset
  await once(socket, 'connect')
  return socket
}

test('a server closes though somebody has connected and says nothing', async () => {
  const { app, port } = await listen(() => undefined)
  const silent = await open(port)
  await Promise.all([app.close(), once(silent, 'close')])
})

test('a server that closes gives the answer it is at, and then ends its connection', async () => {
  const asked = Promise.withResolvers<void>()
  const told = Promise.withResolvers<string>()
  const { app, port } = await listen((instance) => {
    instance.get('/', () => {
      asked.resolve()
      return told.promise
    })
  })
  const socket = await open(port)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text
  })
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  await asked.promise
  const closing = app.close()
  setTimeout(() => told.resolve('the last word'), 300)
  await Promise.all([closing, once(socket, 'close')])
  expect(answer).toContain('the last word')
})

test('a server that never listened closes too', async () => {
  const app = Fastify()
  endConnections(app)
  expect((await app.inject('/')).statusCode).toBe(404)
  await app.close()
})
