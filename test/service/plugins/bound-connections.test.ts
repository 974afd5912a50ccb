import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { boundConnections } from '../../../service/plugins/bound-connections.ts'
import type { TrustedProxies } from '../../../service/plugins/callers.ts'

let server: Server
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

async function listen(trustProxy: TrustedProxies, most = 3): Promise<number> {
  server = createServer(({ url }, response) => url !== '/never' && response.end())
  boundConnections(server, { most, trustProxy })
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  return (server.address() as AddressInfo).port
}

/** Sends a head and a body that do not end, from an address; false if the server ends the connection. */
async function begin(port: number, localAddress = '127.0.0.1'): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.write('POST / HTTP/1.1\r\nhost: node\r\ncontent-length: 65536\r\n\r\nx')
  return await Promise.race([once(socket, 'close').then(() => false), once(socket, 'data').then(() => true)])
}

async function count(port: number, localAddress?: string): Promise<number> {
  const kept = []
  for (let i = 0; i < 5; i++) kept.push(await begin(port, localAddress))
  return kept.filter(Boolean).length
}

test('a caller has so many connections, others have theirs, and an end makes room', async () => {
  const port = await listen('off')
  expect([await count(port), await count(port, '127.0.0.2')]).toEqual([3, 3])
  sockets.shift()?.destroy()
  await expect.poll(() => begin(port)).toBe(true)
  expect(await begin(port)).toBe(false)
})

test.each([
  [1, 5],
  [['127.0.0.0/8'], 5],
  [['127.0.0.1'], 5],
  [['10.0.0.0/8', 'fd00::/8'], 3],
] as const)('a proxy that is trusted (%j) holds the connections of all its callers', async (trustProxy, most) => {
  expect(await count(await listen(trustProxy))).toBe(most)
})

test('a connection on which a third request comes before an answer is taken ends, and one after the other is answered', async () => {
  const port = await listen('off')
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nhost: node\r\n\r\n`
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => undefined)
  for (let i = 0; i < 50; i++) {
    socket.write(ask('/'))
    expect(String((await once(socket, 'data'))[0])).toContain('200 OK')
  }
  const ended = once(socket, 'close').then(() => 'ended')
  socket.write(ask('/never').repeat(2))
  expect(await Promise.race([ended, begin(port)])).toBe(true)
  socket.write(ask('/never'))
  expect(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))])).toBe('ended')
})
