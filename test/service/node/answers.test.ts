import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { messageTopic } from '../../../sdk/codec/index.ts'
import { createAnswers } from '../../../service/node/answers.ts'
import { envelope, makeAccount, makeNode, type TestNode } from '../../helpers/node.ts'

const size = 100_000

/** Answers to questions, of so many bytes. */
function answersOf(clock = () => 0) {
  const answers = createAnswers({ perMinute: 10 * size, clock })
  let [reading, most, read] = [0, 0, 0]
  async function find() {
    read++
    most = Math.max(most, ++reading)
    await new Promise(setImmediate)
    reading--
    return { ok: true as const }
  }
  async function ask(who: string, bytes = size) {
    const result = await answers.read(who, find, () => bytes)
    return result.ok ? 'ok' : result.code
  }
  return { ask, mostAtOnce: () => most, read: () => read }
}

test('what a caller asks for is read one after the other, what two ask for beside each other', async () => {
  const { ask, mostAtOnce } = answersOf()
  await Promise.all([ask('m'), ask('m'), ask('m')])
  expect(mostAtOnce()).toBe(1)
  await Promise.all([ask('n'), ask('a')])
  expect(mostAtOnce()).toBe(2)
})

test('large answers of a caller are read no faster than 8 MiB a second, and nobody else waits for them', async () => {
  const answers = createAnswers({ perMinute: 1e9, clock: () => 0 })
  const find = async () => ({ ok: true as const, at: performance.now() })
  const ask = (who: string, bytes: number) => answers.read(who, find, () => bytes)
  const timeOf = (result: object) => ('at' in result ? Number(result.at) : Number.NaN)
  const [first, second, other] = (await Promise.all([ask('m', 2 ** 20), ask('m', 0), ask('a', 0)])).map(timeOf)
  expect(second! - first!).toBeGreaterThan(120)
  expect(other!).toBeLessThan(second!)
  const small = await Promise.all(Array.from({ length: 100 }, () => ask('b', 60_000)))
  expect(timeOf(small.at(-1)!) - timeOf(small[0]!)).toBeLessThan(700) // 100 large ones take 715
})

test('what was read in a minute is counted, and beyond it nothing is read', async () => {
  let now = 0
  const { ask, read } = answersOf(() => now)
  const codes = await Promise.all(Array.from({ length: 20 }, () => ask('m')))
  expect([read(), codes.filter((code) => code === 'rate.limited').length]).toEqual([10, 10])
  expect(await ask('a')).toBe('ok')
  now = 60
  expect(await ask('m', 10)).toBe('ok')
})

let node: TestNode | undefined
const open: Socket[] = []
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await node?.close()
})

test('of a caller that reads no answer a node holds one of the largest, and others read on', async () => {
  node = await makeNode({ rateLimits: 'on' })
  const port = Number(new URL(await node.app.listen({ port: 0, host: '0.0.0.0' })).port)
  const topic = messageTopic('large')
  const account = await makeAccount(0x11)
  expect((await node.publish(account, envelope(topic, new Uint8Array(1_000_000)))).status).toBe(200)
  const body = JSON.stringify({ requests: Array(30).fill({ contentTopics: [topic] }) })
  const head = `POST /message/v1/batch-query HTTP/1.1\r\nhost: node\r\ncontent-length: ${body.length}\r\n\r\n`
  const served: Socket[] = []
  node.app.server.on('connection', (socket: Socket) => served.push(socket))
  for (let i = 0; i < 2; i++) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' })
    open.push(socket)
    socket.on('error', () => undefined)
    socket.write(head + body)
    await once(socket, 'readable')
    expect(String(socket.read(12)).slice(9)).toBe('200')
  }
  await expect.poll(() => served.map(({ destroyed }) => destroyed)).toEqual([true, false])
  expect((await node.query(topic)).envelopes).toHaveLength(1)
})
