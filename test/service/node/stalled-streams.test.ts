import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { envelopeToJson } from '../../../sdk/codec/index.ts'
import { streamBudgets } from '../../../service/node/index.ts'
import { envelope, makeAccount, type TestAccount } from '../../helpers/node.ts'
import { freePort } from '../../helpers/postgres.ts'

const mebibyte = 1024 * 1024
const open: Socket[] = []
let node: ChildProcess
let port: number
let metricsUrl: string
let alice: TestAccount

beforeAll(async () => {
  ;[port, alice] = await Promise.all([freePort(), makeAccount(0x11)])
  node = spawn(process.execPath, ['test/helpers/node-process.ts', '', String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  ;[, metricsUrl] = String(await once(node.stdout!, 'data'))
    .trim()
    .split(' ') as [string, string]
})
afterAll(() => {
  for (const socket of open) socket.destroy()
  node.kill('SIGKILL')
})

const memory = (): number => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(node.pid)])) * 1024

/** A stream over a socket that is not read once the stream has begun. */
async function stall(path: string, body: unknown): Promise<Socket> {
  const text = JSON.stringify(body)
  const socket = connect(port, '127.0.0.1')
  open.push(socket)
  socket.on('error', () => undefined)
  socket.write(`POST ${path} HTTP/1.1\r\nhost: node\r\ncontent-length: ${text.length}\r\n\r\n${text}`)
  const [begin] = await once(socket, 'data')
  expect(String(begin)).toMatch(/^HTTP\/1.1 200/)
  return socket.pause()
}

async function publish(topic: string): Promise<void> {
  const body = JSON.stringify({ envelopes: [envelopeToJson(envelope(topic, new Uint8Array(randomBytes(1_000_000))))] })
  const headers = { authorization: `Bearer ${alice.token}` }
  const { status } = await fetch(`http://127.0.0.1:${port}/message/v1/publish`, { method: 'POST', body, headers })
  expect(status).toBe(200)
}

async function figure(name: string): Promise<number> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text()
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
}

test('streams that nobody reads make the node hold what their budgets allow, and it goes on', async () => {
  const topics = Array.from({ length: 6 }, (_, i) => `/xmtp/0/m-stalled${i}/proto`)
  const before = memory()
  for (let i = 0; i < 100; i++) await stall('/message/v1/subscribe-all', {})
  for (let i = 0; i < 100; i++) await stall('/message/v1/subscribe', { contentTopics: [topics[i % 6]] })
  let most = 0
  for (let i = 0; i < 30; i++) {
    await publish(topics[i % 6]!)
    most = Math.max(most, await figure('pennypost_stream_bytes_waiting'))
  }
  for (let i = 0; i < 100; i++) await stall('/v1/subscribe', { contentTopics: topics, after: '0' })
  await publish(topics[0]!)
  most = Math.max(most, await figure('pennypost_stream_bytes_waiting'))
  expect(most).toBeGreaterThan(mebibyte)
  expect(most).toBeLessThanOrEqual(streamBudgets.node)
  const open = await figure('pennypost_open_streams') // those of everything were cut off, nearly all others wait
  expect(open).toBeGreaterThan(150)
  expect(open).toBeLessThanOrEqual(200)
  expect(memory() - before).toBeLessThan(600 * mebibyte) // 7 GB where all that is published waits for all
})
