import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeLeak, encodeLeak, leaksTopic, ownedTopic } from '../../../sdk/codec/index.ts'
import { toBytes32, toHex } from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { createLeaks } from '../../../service/node/leaks.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  makeStampNode,
  networkId,
  type TestAccount,
} from '../../helpers/node.ts'
import { allClasses, stakeEvidence } from '../../helpers/node-stakes.ts'

type StampNode = Awaited<ReturnType<typeof makeStampNode>>

const defaultRule = parseRule('stake 1')
const topic = leaksTopic(networkId)
let node: StampNode
let bob: TestAccount
let holders = 0

beforeAll(async () => {
  node = await makeStampNode({ defaultRule }, { classes: allClasses })
  bob = await makeAccount(0x22)
})
afterAll(() => node.close())

/** A lane on bob's letters for a stake's ticket. */
function staked(secret: bigint, messageId = 0, now?: number) {
  const { holder, seed } = makeHolder(++holders)
  const lane = laneFields(ownedTopic('sealed', bob.address), holder)
  const evidence = [stakeEvidence(2, { secret, messageId, use: lane.use, ...(now && { now }) })]
  return { ...lane, seed, evidence }
}

const published = async (on: Pick<StampNode, 'query'> = node) =>
  (await on.query(topic)).envelopes.map(({ message }: { message: string }) =>
    decodeLeak(Buffer.from(message, 'base64')),
  )
const leakOf = (secret: bigint) => ({ secret: toBytes32(secret), classNumber: 1 })
const secretsOf = async (on?: StampNode) =>
  (await published(on)).map(({ secret }: { secret: Uint8Array }) => toHex(secret))

describe('a stake', () => {
  test('opens a lane with each of its tickets, and with each once', async () => {
    const lane = staked(11n)
    expect((await node.openLane(lane)).status).toBe(201)
    expect((await node.openLane(lane)).status).toBe(200)
    expect((await node.openLane(staked(11n, 1))).status).toBe(201)
  })

  test('that is used twice is refused, and its secret is published once', async () => {
    const live: string[] = []
    const stop = node.deps.bus.subscribe([topic], ({ message }) => live.push(toHex(decodeLeak(message).secret)))
    expect((await node.openLane(staked(21n))).status).toBe(201)
    const { status, json } = await node.openLane(staked(21n))
    expect([status, json.code]).toEqual([409, 'ticket.used'])
    expect(JSON.stringify(json)).not.toContain('cheat')
    expect(live).toEqual([toHex(toBytes32(21n))])
    stop()

    expect((await node.openLane(staked(21n))).json.code).toBe('ticket.leaked')
    expect((await node.openLane(staked(21n, 9))).json.code).toBe('ticket.leaked')
    expect(await secretsOf()).toEqual([toHex(toBytes32(21n))])
    const metrics = (await node.app.inject({ method: 'GET', url: '/metrics' })).payload
    expect(metrics).toContain('pennypost_leaks_published_total 1')
  })

  test('that is used twenty times at once is published once', async () => {
    const before = (await published()).length
    const answers = await Promise.all(Array.from({ length: 20 }, () => node.openLane(staked(31n))))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    const lanes = Array.from({ length: 10 }, (_, i) => [staked(32n, i), staked(32n, i)]).flat()
    await Promise.all(lanes.map((lane) => node.openLane(lane)))
    expect((await published()).length).toBe(before + 2)
  })

  test('whose second use nobody proved is not published', async () => {
    const before = (await published()).length
    expect((await node.openLane(staked(41n))).status).toBe(201)
    const forged = staked(41n)
    const ticket = { ...forged.evidence[0]!.kind.value, proof: new Uint8Array(256).fill(0xff) }
    const evidence = [{ condition: 2, kind: { case: 'ticket' as const, value: ticket } }]
    expect((await node.openLane({ ...forged, evidence })).json.code).toBe('ticket.proof-invalid')
    expect((await published()).length).toBe(before)
  })

  test('carries what its lane is worth', async () => {
    const lane = staked(51n)
    expect((await node.openLane(lane)).status).toBe(201)
    expect((await node.publishLane(laneEnvelope(lane, 1, envelope(lane.topic)))).status).toBe(200)
  })
})

describe('a secret that the checkpoint announces', () => {
  test('opens nothing, in this epoch and in the one before', async () => {
    const hour = 3600
    const midnight = Math.floor(Date.now() / 86_400_000) * 86_400
    let now = midnight + 23 * hour
    const announced = await makeStampNode(
      { defaultRule },
      { classes: allClasses, leaks: [toBytes32(61n), new Uint8Array(32).fill(0xff)], issuedAt: BigInt(now - 60) },
      { clock: () => now },
    )
    const ask = async (at: number, secret: bigint, id = 15) => {
      const lane = staked(secret, id, at)
      const request = { ...lane, expiresAt: BigInt(Math.floor(now) + 600) }
      const use = laneFields(request.topic, request.holder, { expiresAt: request.expiresAt }).use
      const evidence = [stakeEvidence(2, { secret, messageId: id, use, now: at })]
      return announced.openLane({ ...request, evidence })
    }
    expect((await ask(now, 61n)).json.code).toBe('ticket.leaked')
    expect((await ask(now, 62n)).status).toBe(201)
    now = midnight + 24 * hour + 3000
    expect((await ask(now, 61n)).json.code).toBe('ticket.leaked')
    expect((await ask(now - hour, 61n, 14)).json.code).toBe('ticket.leaked')
    expect((await ask(now - hour, 62n, 14)).status).toBe(201)
    await announced.close()
  })
})

describe('the topic of leaks', () => {
  test('is written by the node alone', async () => {
    const forged = envelope(topic, encodeLeak(leakOf(1n)))
    const { status, json } = await node.publish(bob, forged)
    expect([status, json.message]).toEqual([403, 'publishing to restricted topic'])
    const { holder } = makeHolder(1)
    expect((await node.openLane(laneFields(topic, holder))).json.code).toBe('topic.restricted')
    expect(await secretsOf()).not.toContain(toHex(toBytes32(1n)))
  })

  test('is there again after a restart, with what it refuses', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-leaks-'))
    const start = () => makeStampNode({ defaultRule, dataDir }, { classes: allClasses })
    const first = await start()
    for (const lane of [staked(71n), staked(71n)]) await first.openLane(lane)
    await first.close()
    const second = await start()
    expect(await secretsOf(second)).toEqual([toHex(toBytes32(71n))])
    expect((await second.openLane(staked(71n, 3))).json.code).toBe('ticket.leaked')
    await second.close()
    await rm(dataDir, { recursive: true })
  })

  test('has nothing of two shares that are not of one line', async () => {
    const writes: unknown[] = []
    const store = { leaks: async () => [], write: async (change: unknown) => void writes.push(change) } as never
    const leaks = await createLeaks({ networkId, store, checkpoint: () => undefined, clock: () => 1 })
    await leaks.report({ classNumber: 1, nullifier: 5n, first: { x: 1n, y: 2n }, second: { x: 3n, y: 4n } })
    expect(writes).toEqual([])
  })
})

describe('what the node says', () => {
  test('has the classes of all kinds', async () => {
    const info = (await node.app.inject({ method: 'GET', url: '/v1/info' })).json()
    expect(info.stakeClasses).toEqual([
      {
        number: 1,
        price: '100',
        unitsPerTicket: 16,
        laneTtl: 3600,
        contract: '0x5757575757575757575757575757575757575757',
        epochLength: 86_400,
        limit: 16,
      },
    ])
    expect(info.payments).toMatchObject([{ leastBase: '0.1', unitsPerTicket: 64, laneTtl: 86_400 }])
    expect(info.stampClasses).toHaveLength(1)
  })

  test('has the price of each condition that money meets', async () => {
    const rule = 'stamp 2 or stake 1 or postage 0.5 or bond 2 or tip 1.25'
    const priced = await makeStampNode({ defaultRule: parseRule(rule) }, { classes: allClasses })
    const asked = laneFields(ownedTopic('sealed', bob.address), makeHolder(2).holder)
    const { json } = await priced.openLane(asked)
    expect(json.missing.map(({ price }: { price?: string }) => price)).toEqual([
      undefined,
      '0.02',
      '100',
      '0.5',
      '2',
      '1.25',
    ])
    expect(json.decimals).toBe(18)
    const alice = await makeAccount(0x33)
    const answer = await priced.publish(alice, envelope(ownedTopic('invite', bob.address)))
    expect(answer.json.message).toContain('one stamp costs 0.01 tokens')
    expect(answer.json.message).toContain('a stake of class 1 is 100 tokens, which come back')
    await priced.close()
  })

  test('is in whole tokens of as many decimals as it says', async () => {
    const defaultRule = parseRule('tip 1.25', { decimals: 6 })
    const other = await makeNode({ defaultRule, floor: parseRule('postage 0.5', { decimals: 6 }), decimals: 6 })
    const { json } = await other.openLane(laneFields(ownedTopic('sealed', bob.address), makeHolder(2).holder))
    expect(json).toMatchObject({ code: 'policy.refused', decimals: 6 })
    const said = json.missing.map((one: Record<string, unknown>) => [one.condition, one.explanation, one.price])
    expect(said).toEqual([
      ['postage 0.5', 'you pay postage of 0.5 tokens in your name', '0.5'],
      ['connection', 'the recipient has connected with you', undefined],
      ['tip 1.25', 'you tip the recipient 1.25 tokens', '1.25'],
    ])
    const info = (await other.app.inject({ method: 'GET', url: '/v1/info' })).json()
    expect(info).toMatchObject({ decimals: 6, floor: 'postage 0.5', defaultRule: 'tip 1.25' })
    await other.close()
  })
})
