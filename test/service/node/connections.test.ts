import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildNode } from '../../../service/node/index.ts'
import { connectionTimes } from '../../../service/plugins/bound-connections.ts'
import { makeNode, type TestNode } from '../../helpers/node.ts'

const times = { headMs: 300, requestMs: 600, idleMs: 500, lookEveryMs: 50 }
const callerConnections = 5
const get = 'GET /v1/info HTTP/1.1\r\nhost: node\r\n\r\n'
const stream = 'POST /message/v1/subscribe-all HTTP/1.1\r\nhost: node\r\ncontent-length: 2\r\n\r\n{}'

let node: TestNode
let port: number
let app: Awaited<ReturnType<typeof buildNode>>
const open: Socket[] = []

beforeAll(async () => {
  node = await makeNode()
  const options = { logLevel: 'silent', rateLimits: 'on', trustProxy: 'off', callerConnections, times } as const
  app = await buildNode(node.context, options)
  port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
})
afterAll(async () => {
  await app.close()
  await node.close()
})

/** A connection from an address, what it has heard, and whether it was ended. */
function dial(say: string, localAddress = '127.0.0.1') {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  const state = { socket, heard: '', isOver: false }
  socket.on('error', () => undefined)
  socket.on('data', (data) => {
    state.heard += data
  })
  socket.on('close', () => {
    state.isOver = true
  })
  socket.write(say)
  open.push(socket)
  return state
}

/** Says a byte now and then, for as long as somebody listens. */
function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('x'), 50)
  socket.once('close', () => clearInterval(timer))
}

describe('a connection', () => {
  test.each([
    ['a head', 'POST /v1/publish HTTP/1.1\r\nhost: node\r\nx-slow: '],
    ['a body', 'POST /v1/publish HTTP/1.1\r\nhost: node\r\ncontent-length: 14400000\r\n\r\n'],
  ])('that says %s a byte at a time is ended', async (_, beginning) => {
    const slow = dial(beginning)
    drip(slow.socket)
    await expect.poll(() => slow.isOver, { timeout: 90_000 }).toBe(true)
    expect(slow.heard).toMatch(/^(HTTP\/1\.1 408 |$)/)
  })

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 400, 'request.invalid'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: node\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
      'request.invalid',
    ],
    [
      'a head of 20 KiB',
      `GET / HTTP/1.1\r\nhost: node\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'request.head-too-large',
    ],
    ['half a head', 'GET / HTTP/1.1\r\n', 408, 'request.too-slow'],
  ])('that says %s is told so, and ended', async (_, said, status, code) => {
    const broken = dial(said)
    await expect.poll(() => broken.isOver, { timeout: 90_000 }).toBe(true)
    const [head = '', body = ''] = broken.heard.split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*application/problem\\+json`, 's'))
    expect(JSON.parse(body)).toMatchObject({ status, code, type: `urn:pennypost:${code}` })
  })

  test('that says nothing is ended, before its first request and after it', async () => {
    const [silent, idle] = [dial(''), dial(get)]
    await expect.poll(() => idle.heard, { timeout: 90_000 }).toMatch(/^HTTP\/1\.1 200 /)
    await expect.poll(() => [silent.isOver, idle.isOver], { timeout: 90_000 }).toEqual([true, true])
  })

  test('with a stream goes on for longer than any request takes', async () => {
    const reader = dial(stream)
    await expect.poll(() => reader.heard, { timeout: 90_000 }).toMatch(/^HTTP\/1\.1 200 /)
    await new Promise((resolve) => setTimeout(resolve, 3 * times.requestMs))
    expect(reader.isOver).toBe(false)
  })

  test('more than a caller may have is ended unheard, until another is; of other callers they are served', async () => {
    const held = Array.from({ length: callerConnections }, () => dial(stream))
    await expect.poll(() => held.filter(({ heard }) => heard !== '').length, { timeout: 90_000 }).toBe(5)
    const more = dial(get)
    await expect.poll(() => more.isOver, { timeout: 90_000 }).toBe(true)
    expect(more.heard).toBe('')
    const other = dial(get, '127.0.0.2')
    await expect.poll(() => other.heard, { timeout: 90_000 }).toMatch(/^HTTP\/1\.1 200 /)
    expect(held.some(({ isOver }) => isOver)).toBe(false)
    held[0]?.socket.destroy()
    const again = async () => {
      const next = dial(get)
      await expect.poll(() => next.isOver || next.heard !== '', { timeout: 90_000 }).toBe(true)
      return next.heard.slice(0, 12)
    }
    await expect.poll(again, { timeout: 90_000 }).toBe('HTTP/1.1 200')
  })
})

test('the largest body gets through a slow line, and a head in a few seconds', () => {
  const megabit = 1_000_000 / 8 / 1000
  expect(connectionTimes.requestMs).toBeGreaterThan(14_500_000 / megabit)
  expect(connectionTimes.headMs).toBeLessThan(connectionTimes.requestMs)
})
