import { IncomingMessage, ServerResponse } from 'node:http'
import { connect, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { messageTopic } from '../../../sdk/codec/index.ts'
import { createAnswers } from '../../../service/node/answers.ts'
import { envelope, makeAccount, makeNode, type TestNode } from '../../helpers/node.ts'

const size = 100_000
const bounds = { ofCaller: 3 * size, ofMinute: 10 * size, overall: 5 * size }

/** Answers of so many bytes, whose readers take nothing until their response ends. */
function answersOf(clock = () => 0) {
  const answers = createAnswers({ bounds, clock })
  let [reading, most, read] = [0, 0, 0]
  async function find() {
    read++
    most = Math.max(most, ++reading)
    await new Promise(setImmediate)
    reading--
    return { ok: true as const }
  }
  async function ask(who: string, bytes = size) {
    const response = new ServerResponse(new IncomingMessage(new Socket()))
    const result = await answers.read({ who, response }, find, () => bytes)
    return { response, code: result.ok ? 'ok' : result.code }
  }
  return { ask, mostAtOnce: () => most, read: () => read }
}

const end = async (response: ServerResponse) => {
  response.destroy()
  response.emit('close')
}

test('what a caller asks for is read one after the other, and held up to a bound until it is sent', async () => {
  const { ask, mostAtOnce } = answersOf()
  const asked = await Promise.all(Array.from({ length: 5 }, () => ask('m')))
  expect([asked.map(({ code }) => code), mostAtOnce()]).toEqual([['ok', 'ok', 'ok', 'rate.limited', 'rate.limited'], 1])
  await end(asked[0]!.response)
  expect((await ask('m')).code).toBe('ok')
})

test('what was read in a minute is counted, refused or not, and beyond it nothing is read', async () => {
  let now = 0
  const { ask, read } = answersOf(() => now)
  for (let i = 0; i < 20; i++) await ask('m')
  expect(read()).toBe(10)
  expect((await ask('a')).code).toBe('ok')
  now = 60
  expect((await ask('m', 10)).code).toBe('ok')
})

test('where all answers have no room, one of whoever holds most gives way', async () => {
  const { ask } = answersOf()
  const first = await ask('m')
  for (const who of ['m', 'm', 'n', 'n']) expect((await ask(who)).code).toBe('ok')
  expect([(await ask('a')).code, first.response.destroyed]).toEqual(['ok', true])
})

let node: TestNode | undefined
const open: Socket[] = []
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await node?.close()
})

test('a caller that reads no answer makes a node hold one of the largest, and others read on', async () => {
  node = await makeNode({ rateLimits: 'on' })
  const port = Number(new URL(await node.app.listen({ port: 0, host: '0.0.0.0' })).port)
  const topic = messageTopic('large')
  const account = await makeAccount(0x11)
  expect((await node.publish(account, envelope(topic, new Uint8Array(1_000_000)))).status).toBe(200)
  const body = JSON.stringify({ requests: Array(40).fill({ contentTopics: [topic] }) })
  const head = `POST /message/v1/batch-query HTTP/1.1\r\nhost: node\r\ncontent-length: ${body.length}\r\n\r\n`
  const ask = () =>
    new Promise<string>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
      open.push(socket)
      socket.on('error', () => undefined)
      socket.once('readable', () => resolve(String(socket.read(12)).slice(9)))
      socket.write(head + body)
    })
  const statuses = await Promise.all(Array.from({ length: 5 }, ask))
  expect(statuses.toSorted()).toEqual(['200', '429', '429', '429', '429'])
  expect((await node.query(topic)).envelopes).toHaveLength(1)
})
