import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { maxMessageLength, ownedTopic } from '../../../sdk/codec/index.ts'
import { envelope, laneFields, makeAccount, makeHolder, makeNode, type TestAccount } from '../../helpers/node.ts'

let now = Date.now() / 1000
let node: Awaited<ReturnType<typeof makeNode>>
let bob: TestAccount
let mallory: TestAccount
let url: string

beforeAll(async () => {
  node = await makeNode({}, { clock: () => now })
  ;[bob, mallory] = await Promise.all([makeAccount(0x22, now), makeAccount(0x66, now)])
  url = await node.app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(() => node.close())

const kinds = ['sealed', 'unattended', 'log', 'blocks'] as const
const bearer = ({ token }: TestAccount) => ({ authorization: `Bearer ${token}` })
const read = (topic: string, headers: Record<string, string> = {}) => {
  const body = { contentTopics: [ownedTopic('contact', bob.address), topic] }
  return Promise.all([
    node.post('/message/v1/query', body, headers),
    node.post('/message/v1/batch-query', { requests: [body] }, headers),
    node.post('/message/v1/subscribe', body, headers),
    node.post('/v1/subscribe', body, headers),
    node.post('/v1/subscribe', { ...body, after: '0' }, headers),
  ])
}

describe.each(kinds)('a %s topic', (kind) => {
  test('is read by nobody without a token, and by nobody with a token of their own', async () => {
    const topic = ownedTopic(kind, bob.address)
    for (const { status } of await read(topic)) expect(status).toBe(401)
    for (const { status } of await read(topic, bearer(mallory))) expect(status).toBe(403)
  })

  test('is read by nobody under a name outside the grammar', async () => {
    const real = ownedTopic(kind, bob.address)
    for (const topic of [real.toLowerCase(), `${real}/proto`, real.replace('/proto', '')]) {
      for (const { status } of await read(topic, bearer(mallory))) expect(status).toBe(403)
    }
  })
})

describe('the log of an account', () => {
  const log = () => ownedTopic('log', bob.address)

  test('is written with the token of its owner, and no other', async () => {
    expect((await node.publish(bob, envelope(log(), 'one'))).status).toBe(200)
    expect((await node.publish(mallory, envelope(log()))).json.message).toBe('publishing to restricted topic')
    const { envelopes } = await node.query(log(), bob)
    expect(envelopes.map(({ message }: { message: string }) => Buffer.from(message, 'base64').toString())).toEqual([
      'one',
    ])
  })

  test('takes no lanes', async () => {
    const { json } = await node.openLane(laneFields(log(), makeHolder(9).holder))
    expect(json.code).toBe('lane.topic-open')
  })

  test('takes envelopes of the size that every topic takes', async () => {
    const sent = [maxMessageLength, maxMessageLength + 1].map((size) => envelope(log(), new Uint8Array(size)))
    expect((await node.publish(bob, sent[0]!)).status).toBe(200)
    expect((await node.publish(bob, sent[1]!)).json.message).toMatch(/^envelope\.too-large: /)
  })

  test('is no part of a stream of everything', async () => {
    const heard: string[] = []
    const stop = node.deps.bus.subscribe('all', ({ contentTopic }) => heard.push(contentTopic))
    await node.publish(bob, envelope(log()), envelope(ownedTopic('invite', bob.address)))
    stop()
    expect(heard).toEqual([ownedTopic('invite', bob.address)])
  })
})

/** A stream over a socket that is not read once the stream has begun. */
async function stall(body: object) {
  const text = JSON.stringify(body)
  const { port } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
  const head = `host: node\r\nauthorization: ${bearer(bob).authorization}\r\ncontent-length: ${text.length}`
  socket.write(`POST /v1/subscribe HTTP/1.1\r\n${head}\r\n\r\n${text}`)
  await once(socket, 'data')
  return socket.pause()
}

describe('a stream of a private topic', () => {
  test.each(['live', 'that replays'])('%s ends with its token, also if its reader has stalled', async (kind) => {
    const before = now
    const log = ownedTopic('log', bob.address)
    const publish = async () => {
      for (let i = 0; i < 12; i++) await node.publish(bob, envelope(log, new Uint8Array(1_000_000)))
    }
    const waiting = async () => (await node.context.metrics.waitingBytes.get()).values[0]?.value ?? 0
    if (kind === 'that replays') await publish()
    const socket = await stall({ contentTopics: [log], ...(kind === 'that replays' && { after: '0' }) })
    if (kind === 'live') await publish()
    await expect.poll(waiting).toBeGreaterThan(0)
    now += 3601
    let bytes = 0
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
    await once(socket.resume(), 'close')
    expect(await waiting()).toBe(0)
    expect(bytes).toBeLessThan(16_000_000 - 1_000_000)
    now = before
  })

  const open = async (topics: string[], path: string) => {
    const body = JSON.stringify({ contentTopics: topics })
    const response = await fetch(url + path, { method: 'POST', body, headers: bearer(bob) })
    expect(response.status).toBe(200)
    return response.text()
  }

  test.each(['/message/v1/subscribe', '/v1/subscribe'])('of %s ends with its token', async (path) => {
    const before = now
    const [log, invite] = [ownedTopic('log', bob.address), ownedTopic('invite', bob.address)]
    const [ending, going] = [open([invite, log], path), open([invite], path)]
    await expect.poll(async () => (await node.context.metrics.openStreams.get()).values[0]?.value).toBe(2)
    await node.publish(bob, envelope(log, 'early'))
    now += 3601
    const later = await makeAccount(0x22, now)
    await node.publish(later, envelope(log, 'late'), envelope(invite, 'late'))
    const lines = (await ending).match(/"message":"[^"]+"/g)
    expect(lines).toEqual([`"message":"${Buffer.from('early').toString('base64')}"`])
    expect(await Promise.race([going, 'goes on'])).toBe('goes on')
    now = before
    node.context.streams.close()
    await going
  })
})
