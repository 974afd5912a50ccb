import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { encodeLaneRequest } from '../../../sdk/codec/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { buildNode } from '../../../service/node/index.ts'
import type { TrustedProxies } from '../../../service/plugins/callers.ts'
import {
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  makeStampNode,
  type TestNode,
  ticketEvidence,
} from '../../helpers/node.ts'

const now = Math.floor(Date.now() / 60_000) * 60
const clock = () => now
/** What a recipient asks may take any of these numbers of stamps. */
const counts = [1, 5, 6, 15, 20, 60, 64]
const defaultRule = parseRule(counts.map((count) => `stamp ${count}`).join(' or '))
const falseProof = { proof: new Uint8Array(256).fill(0xff) }
const { address: bob } = await makeAccount(0x22)

let node: TestNode | undefined
async function close() {
  await node?.close()
  node = undefined
}

let number = 0
/** A lane request with new tickets. */
function stamped(count = 1, fields: Parameters<typeof ticketEvidence>[2] = {}) {
  const { holder } = makeHolder(++number % 256)
  const evidence = Array.from({ length: count }, () => ticketEvidence(2 + counts.indexOf(count), ++number, fields))
  return laneFields(`/xmtp/0/sealed-${bob}/proto`, holder, { evidence, expiresAt: BigInt(now + 3600 + number) })
}

type Posted = { readonly path: string; readonly payload: Uint8Array | string }
type From = { readonly address?: string; readonly forwarded?: string }

/** Posts as from an address, through proxies that say more. */
async function postFrom(app: FastifyInstance, { path, payload, address = '192.0.2.1', forwarded }: From & Posted) {
  const type = typeof payload === 'string' ? 'application/json' : 'application/x-protobuf'
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: path,
    payload: Buffer.from(payload as string),
    remoteAddress: address,
    headers: { 'content-type': type, ...(forwarded && { 'x-forwarded-for': forwarded }) },
  })
  return statusCode < 400 ? statusCode : (JSON.parse(body).code as string)
}

const open = (request: Parameters<typeof encodeLaneRequest>[0], from: From = {}) =>
  postFrom(node!.app, { path: '/v1/lanes', payload: encodeLaneRequest(request), ...from })
const many = <T>(count: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))
const countOf = (answers: readonly unknown[], answer: unknown) => answers.filter((one) => one === answer).length

describe('proofs of one caller', () => {
  afterEach(close)

  test('that are false are verified 20 times a minute, of 200 that come at once', async () => {
    const stamps = await makeStampNode({ rateLimits: 'on', defaultRule }, {}, { clock })
    node = stamps
    const answers = await many(200, () => open(stamped(1, falseProof)))
    expect(countOf(answers, 'ticket.proof-invalid')).toBe(20)
    expect(countOf(answers, 'rate.limited')).toBe(180)
    expect(stamps.groth16.asked).toBe(20)
    expect(await open(stamped(), { address: '192.0.2.2' })).toBe(201)
  })

  test('count, and not the requests that carry them', async () => {
    const stamps = await makeStampNode({ rateLimits: 'on', defaultRule }, {}, { clock })
    node = stamps
    expect(await open(stamped(15, falseProof))).toBe('ticket.proof-invalid')
    expect(await open(stamped(6, falseProof))).toBe('rate.limited')
    expect(await open(stamped(5, falseProof))).toBe('ticket.proof-invalid')
    expect(await open(stamped(1))).toBe('rate.limited')
    expect(stamps.groth16.asked).toBe(20)
  })

  test('that are true all open their lanes, of 200 that come at once, and leave the budget whole', async () => {
    const stamps = await makeStampNode({ rateLimits: 'on', defaultRule }, {}, { clock })
    node = stamps
    let [running, most] = [0, 0]
    const { verify } = stamps.groth16
    stamps.groth16.verify = async (items) => {
      most = Math.max(most, ++running)
      await vi.waitUntil(() => most >= 20, 90_000) // as many as may have come
      await new Promise((resolve) => setTimeout(resolve, 20)) // and more, if more might
      return verify(items).finally(() => running--)
    }
    expect(countOf(await many(200, () => open(stamped())), 201)).toBe(200)
    expect(most).toBe(20)
    expect(await open(stamped(64))).toBe(201)
    expect(countOf(await many(21, () => open(stamped(1, falseProof))), 'ticket.proof-invalid')).toBe(20)
  })

  test('wait in a queue with an end, for one caller and for all', async () => {
    const stamps = await makeStampNode({ rateLimits: 'on', defaultRule, trustProxy: 1 }, {}, { clock })
    node = stamps
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { verify } = stamps.groth16
    stamps.groth16.verify = (items) => held.then(() => verify(items))
    let answered = 0
    const ask = (count: number, forwarded?: string) =>
      open(stamped(count), forwarded ? { forwarded } : {}).finally(() => answered++)
    const greedy = many(30, () => ask(20))
    await expect.poll(() => answered).toBe(5) // of 600 proofs, 500 wait
    const others = many(40, (i) => ask(60, `198.51.100.${i}`))
    await expect.poll(() => answered).toBe(5 + 22 + 8)
    release()
    expect(countOf(await greedy, 'rate.limited')).toBe(5)
    expect(countOf(await greedy, 'node.unavailable')).toBe(22) // those that waited, while it held more than others
    expect(countOf(await greedy, 201)).toBe(3)
    expect(countOf(await others, 'node.unavailable')).toBe(8) // 2,000 proofs
    expect(countOf(await others, 201)).toBe(32)
    expect(await open(stamped(), { forwarded: '198.51.100.250' })).toBe(201)
  })
})

test('a lane with more evidence than a lane takes is refused before the store is asked', async () => {
  node = await makeNode()
  const reads = Object.entries(node.deps.store).flatMap(([name]) => vi.spyOn(node!.deps.store, name as 'grant'))
  const evidence = Array.from({ length: 65 }, (_, i) => ticketEvidence(2, i))
  expect(await open({ ...stamped(), evidence })).toBe('evidence.malformed')
  expect(reads.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBe(0)
  expect(await open({ ...stamped(), evidence: evidence.slice(1) })).toMatch(/^(evidence|ticket)\./)
  expect(reads.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBeGreaterThan(0)
  await close()
})

test('of 400 free lanes that one caller asks for at once 300 are opened', async () => {
  node = await makeNode({ rateLimits: 'on' }, { clock })
  const answers = await many(400, (i) => open(laneFields(`/xmtp/0/m-free-${i}/proto`, makeHolder(1).holder)))
  expect([countOf(answers, 201), countOf(answers, 'rate.limited')]).toEqual([300, 100])
  await close()
})

describe('requests', () => {
  afterEach(() => app.close())
  afterAll(close)

  const query = JSON.stringify({ contentTopics: ['/xmtp/0/m-a/proto'] })
  let app: FastifyInstance
  async function start(trustProxy: TrustedProxies, rateLimits: 'on' | 'off' = 'on') {
    node ??= await makeNode()
    app = await buildNode(node.context, { logLevel: 'silent', trustProxy, rateLimits, requestsPerMinute: 5 })
  }
  const ask = (from: From) => postFrom(app, { path: '/v1/topics/close', payload: query, ...from })
  /** How many of some callers' requests come too often. */
  async function limited(count: number, from: (i: number) => From) {
    const answers = []
    for (let i = 0; i < count; i++) answers.push(await ask(from(i)))
    return countOf(answers, 'rate.limited')
  }

  test('of one caller have a number a minute', async () => {
    await start('off')
    expect(await limited(8, () => ({}))).toBe(3)
    expect(await limited(1, () => ({ address: '192.0.2.2' }))).toBe(0)
  })

  test('count too where there is no such path, or not with that method', async () => {
    await start('off')
    const codes = []
    for (const path of ['/none', '/v1/info', '/none', '/v1/info', '/none', '/v1/info', '/none'])
      codes.push(await postFrom(app, { path, payload: query }))
    expect([countOf(codes, 'path.unknown'), countOf(codes, 'method.unknown')]).toEqual([3, 2])
    expect(countOf(codes, 'rate.limited')).toBe(2)
  })

  test('have none where limits are off', async () => {
    await start('off', 'off')
    expect(await limited(8, () => ({}))).toBe(0)
  })

  test('of one IPv6 network are those of one caller, and an IPv4 address is one in both forms', async () => {
    await start('off')
    expect(await limited(8, (i) => ({ address: `2001:db8:0:7::${i}` }))).toBe(3)
    expect(await limited(8, (i) => ({ address: `2001:db8:0:${i}::8` }))).toBe(1) // the seventh network has had its number
    expect(await limited(8, (i) => ({ address: i < 4 ? '192.0.2.9' : '::ffff:192.0.2.9' }))).toBe(3)
  })

  test.each<[TrustedProxies, (i: number) => string]>([
    ['off', (i) => `203.0.113.${i}`],
    [1, (i) => `203.0.113.${i}, 198.51.100.7`],
    [2, (i) => `203.0.113.${i}, 198.51.100.7, 10.0.0.1`],
    [['192.0.2.1', '10.0.0.0/8'], (i) => `203.0.113.${i}, 198.51.100.7, 10.0.0.1`],
    [['192.0.2.1', '10.0.0.0/8'], (i) => `203.0.113.${i}, 198.51.100.7, 10.0.0.${i}`],
    [['10.0.0.0/8'], (i) => `203.0.113.${i}`], // it did not come through a proxy
    [1, (i) => `made up ${i}`],
    [1, (i) => `2001:db8::${i}`],
  ])(
    'are counted for who made them where a forged X-Forwarded-For comes through trusted proxies %j',
    async (proxies, forwarded) => {
      await start(proxies)
      expect(await limited(8, (i) => ({ forwarded: forwarded(i) }))).toBe(3)
    },
  )

  test('of several callers behind one proxy are counted apart', async () => {
    await start(1)
    expect(await limited(8, (i) => ({ forwarded: `10.9.9.9, 198.51.100.${i}` }))).toBe(0)
    await start(['192.0.2.0/24'])
    expect(await limited(8, (i) => ({ forwarded: `198.51.100.${i}` }))).toBe(0)
  })
})
