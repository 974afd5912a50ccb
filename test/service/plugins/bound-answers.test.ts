import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { boundAnswers, inParts } from '../../../service/plugins/bound-answers.ts'

const mebibyte = 1024 * 1024

let app: FastifyInstance
const sockets: Socket[] = []
/** The server's ends of connections, by the port of the other end: who does not read does not see that it was ended. */
const served = new Map<number | undefined, Socket>()
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await app.close()
})

/** How many parts of an answer were made. */
let made = 0
function* hundredParts() {
  for (made = 0; made < 100; made++) yield 'x'.repeat(mebibyte / 4)
}

async function listen(): Promise<number> {
  app = fastify({ forceCloseConnections: true })
  boundAnswers(app, { ofCaller: 30 * mebibyte, overall: 50 * mebibyte })
  app.server.on('connection', (socket: Socket) => served.set(socket.remotePort, socket))
  app.get('/large', async () => 'x'.repeat(10 * mebibyte))
  app.get('/parts', (_, reply) => reply.send(inParts(hundredParts(), 20 * mebibyte)))
  app.get('/small', async () => 'x')
  return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
}

/** Asks from an address and reads nothing; answers whether the server still holds the answer. */
async function ask(port: number, localAddress = '127.0.0.1', path = '/large'): Promise<() => boolean> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.write(`GET ${path} HTTP/1.1\r\nhost: prover\r\n\r\n`)
  await once(socket, 'data')
  socket.pause()
  const { localPort } = socket
  return () => served.get(localPort)?.destroyed === false
}

const read = async (port: number, path: string) =>
  (await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).length
const open = (held: readonly (() => boolean)[]) => held.map((isHeld) => isHeld())

async function askSeveral(count: number, port: number, from?: string): Promise<(() => boolean)[]> {
  const held = []
  for (let i = 0; i < count; i++) held.push(await ask(port, from))
  return held
}

test('of answers that a caller does not take the oldest are ended, and it is answered again', async () => {
  const port = await listen()
  const unread = await askSeveral(5, port)
  await expect.poll(() => open(unread)).toEqual([false, false, true, true, true])
  expect(await read(port, '/small')).toBe(1)
  expect(await read(port, '/large')).toBe(10 * mebibyte)
  expect(open(unread)).toEqual([false, false, false, true, true])
})

test('beyond what all may leave, whoever leaves most gives way; who reads is not counted', async () => {
  const port = await listen()
  const honest = await ask(port, '127.0.0.9')
  const floods = [...(await askSeveral(3, port, '127.0.0.2')), ...(await askSeveral(3, port, '127.0.0.3'))]
  await expect.poll(() => open(floods).filter(Boolean)).toHaveLength(4)
  expect(honest()).toBe(true)
  for (let i = 0; i < 10; i++) expect(await read(port, '/large')).toBe(10 * mebibyte)
})

test('of an answer that is not taken little is made, and what it was to be made of is counted', async () => {
  const port = await listen()
  const first = await ask(port, '127.0.0.2', '/parts')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(made).toBeLessThan(60)
  const second = await ask(port, '127.0.0.2', '/parts')
  await expect.poll(() => open([first, second])).toEqual([false, true])
})
