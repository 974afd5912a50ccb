import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  closeStatement,
  decodeGrant,
  decodeSignedGrant,
  encodeCloseRequest,
  grantStatement,
  ownedTopic,
} from '../../../sdk/codec/index.ts'
import {
  equalBytes,
  keccak256,
  signEd25519,
  toBase64,
  utf8,
  verifyEd25519,
  walletHolder,
} from '../../../sdk/crypto/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import { homeOf, LANE_LIMITS } from '../../../sdk/verifier/index.ts'
import { blocksEnvelope } from '../../helpers/blocks.ts'
import {
  envelope,
  followed,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  makeStampNode,
  networkId,
  policyEnvelope,
  renewal,
  type TestAccount,
  tagBytes,
  ticketEvidence,
  workEvidence,
} from '../../helpers/node.ts'

type StampNode = Awaited<ReturnType<typeof makeStampNode>>

let node: StampNode
let bob: TestAccount
let sealed: string
let holders = 0
const fresh = () => makeHolder(++holders)

beforeAll(async () => {
  node = await makeStampNode()
  bob = await makeAccount(0x22)
  sealed = ownedTopic('sealed', bob.address)
})
afterAll(() => node.close())

/** A lane on bob's letters with one ticket for `connection or request or stamp 1`: its condition is the fourth. */
const stamped = (nullifier: number, fields: Parameters<typeof ticketEvidence>[2] = {}, holder = fresh()) => {
  const lane = laneFields(sealed, holder.holder)
  return { ...lane, seed: holder.seed, evidence: [ticketEvidence(4, nullifier, fields)] }
}
const conversation = () => `/xmtp/0/m-${crypto.randomUUID()}/proto`

describe('opening a lane', () => {
  test('answers a grant that the node has signed', async () => {
    const lane = stamped(1)
    const answer = await node.openLane(lane)
    expect(answer.status).toBe(201)
    const signed = decodeSignedGrant(answer.bytes)
    const grant = decodeGrant(signed.grant)
    expect(equalBytes(signed.node, node.deps.key.publicKey)).toBe(true)
    expect(verifyEd25519(signed.signature, grantStatement(signed.grant), signed.node)).toBe(true)
    expect(equalBytes(grant.use, lane.use)).toBe(true)
    expect(grant.nullifiers.map((nullifier) => nullifier[31])).toEqual([1])
    expect(grant.filed).toBe(0)
    expect(grant).toMatchObject({ units: 1, checkpointSequence: 1n, expiresAt: lane.expiresAt })
  })

  test('speaks JSON too', async () => {
    const { seed: _, use, evidence, ...lane } = stamped(2)
    const ticket = evidence[0]!.kind.value
    const answer = await node.post('/v1/lanes', {
      ...lane,
      holder: toBase64(lane.holder),
      expiresAt: lane.expiresAt.toString(),
      evidence: [
        {
          condition: 4,
          ticket: {
            ...ticket,
            asOf: ticket.asOf.toString(),
            root: toBase64(ticket.root),
            nullifier: toBase64(ticket.nullifier),
            y: toBase64(ticket.y),
            tag: toBase64(ticket.tag),
            proof: toBase64(ticket.proof),
          },
        },
      ],
    })
    expect(answer.status).toBe(201)
    expect(equalBytes(decodeGrant(Buffer.from(answer.json.grant, 'base64')).use, use)).toBe(true)
  })

  test('the same request gets the same grant and never a fresh quota', async () => {
    const lane = stamped(3)
    const first = await node.openLane(lane)
    expect((await node.publishLane(laneEnvelope(lane, 1, envelope(sealed)))).status).toBe(200)
    const again = await Promise.all(Array.from({ length: 5 }, () => node.openLane(lane)))
    for (const { status, bytes } of again) expect([status, bytes.equals(first.bytes)]).toEqual([200, true])
    const more = await node.publishLane(laneEnvelope(lane, 2, envelope(sealed)))
    expect(more.json.code).toBe('lane.used-up')
  })

  test('the same request many times at once opens one lane, and each gets its grant', async () => {
    const before = node.groth16.asked
    const lane = stamped(55)
    const answers = await Promise.all(Array.from({ length: 8 }, () => node.openLane(lane)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201])
    for (const { bytes } of answers) expect(bytes.equals(answers[0]!.bytes)).toBe(true)
    expect(node.groth16.asked - before).toBe(8)
  })

  test('one ticket opens one lane, of 200 that ask at the same time', async () => {
    const before = node.groth16.asked
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => node.openLane({ ...stamped(4, {}, makeHolder(i % 251)), units: 2 })),
    )
    const statuses = Map.groupBy(answers, ({ status }) => status)
    expect(statuses.get(201)).toHaveLength(1)
    for (const { status, json } of answers) if (status >= 400) expect([status, json.code]).toEqual([409, 'ticket.used'])
    expect(node.groth16.asked - before).toBe(1)
  })

  test('a proof that fails frees its ticket for one that holds', async () => {
    const bad = await node.openLane(stamped(5, { proof: new Uint8Array(256).fill(0xff) }))
    expect([bad.status, bad.json.code]).toEqual([403, 'ticket.proof-invalid'])
    expect((await node.openLane(stamped(5))).status).toBe(201)
  })

  test('a refusal is problem+json, with what is missing, what it costs and how it is called', async () => {
    const answer = await node.openLane(laneFields(sealed, fresh().holder))
    expect(answer.status).toBe(403)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json).toMatchObject({ type: 'urn:pennypost:policy.refused', status: 403, code: 'policy.refused' })
    expect(answer.json.missing).toEqual([
      { index: 1, condition: 'connection', explanation: 'the recipient has connected with you' },
      { index: 2, condition: 'connection', explanation: 'the recipient has connected with you' },
      { index: 3, condition: 'request', explanation: 'you send a small request, paid with computing time' },
      { index: 4, condition: 'stamp 1', explanation: 'you use one stamp', price: '0.01' },
    ])
  })

  test.each<[string, (lane: ReturnType<typeof stamped>) => object, string]>([
    [
      'another root',
      (lane) => ({ ...lane, evidence: [ticketEvidence(4, 90, { root: tagBytes(1) })] }),
      'ticket.root-unknown',
    ],
    ['too many units', (lane) => ({ ...lane, units: 5 }), 'lane.too-many-units'],
    [
      'a condition that takes no ticket',
      (lane) => ({ ...lane, evidence: [ticketEvidence(0, 91)] }),
      'evidence.not-asked',
    ],
    ['a holder of 31 bytes', (lane) => ({ ...lane, holder: new Uint8Array(31) }), 'lane.malformed'],
    ['a time that is over', (lane) => ({ ...lane, expiresAt: 1n }), 'lane.expired'],
    ['a topic outside the grammar', (lane) => ({ ...lane, topic: '/xmtp/0/sealed/proto' }), 'topic.malformed'],
    ['a topic of tokens', (lane) => ({ ...lane, topic: ownedTopic('contact', bob.address) }), 'lane.topic-open'],
  ])('refuses %s', async (_, change, code) => {
    const answer = await node.openLane(change(stamped(99)) as never)
    expect(answer.json.code).toBe(code)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })
})

describe('quotes and blocks', () => {
  test('a quote is honoured for an hour after its policy was superseded, a block at once', async () => {
    let now = Math.floor(Date.now() / 1000)
    const timed = await makeNode({ defaultRule: parseRule('nobody') }, { clock: () => now })
    const carol = await makeAccount(0x33)
    const topic = ownedTopic('sealed', carol.address)
    const ask = (policyVersion: bigint) => {
      const lane = laneFields(topic, fresh().holder, { policyVersion, expiresAt: BigInt(Math.floor(now) + 3600) })
      return timed.openLane(lane)
    }
    await timed.publish(carol, policyEnvelope(carol, { version: 4n, rule: 'everyone' }))
    expect((await ask(0n)).json.code).toBe('policy.refused') // the default, quoted before
    expect((await ask(4n)).status).toBe(201)
    await timed.publish(carol, policyEnvelope(carol, { version: 5n, rule: 'nobody' }))
    expect((await ask(5n)).json.code).toBe('policy.refused')
    expect((await ask(3n)).json.code).toBe('policy.version-unknown')
    now += 3600
    expect((await ask(4n)).status).toBe(201)
    now += 1
    expect((await ask(4n)).json.code).toBe('policy.version-unknown')
    await timed.close()
  })

  test('a blocked tag opens nothing, and what it has opened carries nothing', async () => {
    const lane = stamped(200, { tag: 66 })
    expect((await node.openLane(lane)).status).toBe(201)
    await node.publish(bob, blocksEnvelope(bob, { version: 1n, tags: [tagBytes(66)] }))
    expect((await node.openLane(stamped(201, { tag: 66 }))).json.code).toBe('policy.blocked')
    expect((await node.publishLane(laneEnvelope(lane, 1, envelope(sealed)))).json.code).toBe('policy.blocked')
    await node.publish(bob, blocksEnvelope(bob, { version: 2n }))
    expect((await node.publishLane(laneEnvelope(lane, 1, envelope(sealed)))).status).toBe(200)
  })

  test('only the owner reads sealed letters, with the tag of their sender', async () => {
    const body = { contentTopics: [sealed] }
    const alice = await makeAccount(0x11)
    expect((await node.post('/message/v1/query', body)).json).toMatchObject({ code: 16 })
    const authorization = `Bearer ${alice.token}`
    for (const path of ['/message/v1/query', '/message/v1/subscribe']) {
      expect((await node.post(path, body, { authorization })).json).toMatchObject({ code: 7 })
    }
    expect((await node.post('/v1/subscribe', body, { authorization })).json).toMatchObject({ code: 'topic.owner-only' })
    const batch = await node.post('/message/v1/batch-query', { requests: [body] }, { authorization })
    expect(batch.json).toMatchObject({ code: 7 })
    const { envelopes } = await node.query(sealed, bob)
    expect(envelopes.map(({ tag }: { tag: string }) => tag)).toContain(toBase64(tagBytes(66)))
  })
})

describe('requests', () => {
  test('take a place in the recipient’s bucket of the day', async () => {
    const small = await makeNode({ requestsPerDay: 3 })
    const asks = (recipient: TestAccount) => {
      const lane = laneFields(ownedTopic('sealed', recipient.address), fresh().holder)
      return { ...lane, evidence: [workEvidence(lane.use, 3, 4)] }
    }
    const ask = (recipient: TestAccount) => small.openLane(asks(recipient))
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(bob)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 429, 429, 429])
    expect(answers.find(({ status }) => status === 429)?.json.code).toBe('request.bucket-full')
    const own = asks(await makeAccount(0x33))
    expect((await small.openLane(own)).status).toBe(201)
    const [{ condition, kind }] = own.evidence as [ReturnType<typeof workEvidence>]
    const none = { condition, kind: { ...kind, value: { nonce: kind.value.nonce + 1n } } }
    const repeats = [[], [none], own.evidence].map((evidence) => small.openLane({ ...own, evidence }))
    const codes = (await Promise.all(repeats)).map(({ status, json }) => json?.code ?? status)
    expect(codes).toEqual(['lane.opened', 'lane.opened', 200])
    await small.close()
  })
})

describe('conversations', () => {
  test('the first lane claims the topic; others need the word of a holder', async () => {
    const topic = conversation()
    const [first, second, mallory] = [fresh(), fresh(), fresh()].map(({ holder, seed }) => ({
      ...laneFields(topic, holder, { units: 100 }),
      seed,
    }))
    expect((await node.openLane(first!)).status).toBe(201)
    expect((await node.openLane(second!)).json.code).toBe('lane.renewal-needed')
    expect((await node.openLane({ ...second!, renewal: renewal(mallory!, second!.use) })).json.code).toBe(
      'lane.renewal-invalid',
    )
    expect((await node.openLane({ ...second!, renewal: renewal(first!, mallory!.use) })).json.code).toBe(
      'lane.renewal-invalid',
    )
    expect((await node.openLane({ ...second!, renewal: renewal(first!, second!.use) })).status).toBe(201)
    expect((await node.openLane({ ...mallory!, renewal: renewal(second!, mallory!.use) })).status).toBe(201)
    const repeats = [
      undefined,
      renewal(first!, mallory!.use),
      renewal(mallory!, second!.use),
      renewal(first!, second!.use),
    ]
    const answers = repeats.map((word) => node.openLane({ ...second!, ...(word && { renewal: word }) }))
    const codes = (await Promise.all(answers)).map(({ status, json }) => json?.code ?? status)
    expect(codes).toEqual([...Array(3).fill('lane.opened'), 200])
  })

  test('of many first lanes at the same time, one claims the topic', async () => {
    const topic = conversation()
    const lanes = Array.from({ length: 30 }, () => laneFields(topic, fresh().holder))
    const answers = await Promise.all(lanes.map((lane) => node.openLane(lane)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
  })

  test('what holds when a proof was verified counts, not what held before', async () => {
    let now = Math.floor(Date.now() / 1000)
    const rules = { floor: parseRule('stamp 1'), defaultRule: parseRule('everyone') }
    const strict = await makeStampNode(rules, {}, { clock: () => now })
    const { verify } = strict.groth16
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let waiting = 0
    strict.groth16.verify = (items) => held.then(() => verify(items), void waiting++)
    const topic = conversation()
    const ask = (to: string, nullifier: number, scope: boolean) =>
      strict.openLane({ ...laneFields(to, fresh().holder), evidence: [ticketEvidence(0, nullifier, { scope })] })
    const firsts = [ask(topic, 810, true), ask(topic, 811, true)]
    const carol = await makeAccount(0x35)
    const letter = ask(ownedTopic('sealed', carol.address), 812, false) // of the policy before her first
    await expect.poll(() => waiting).toBe(3)
    await strict.publish(carol, policyEnvelope(carol, { version: 1n, rule: 'stamp 1' }))
    now += 3601
    release()
    const answers = (await Promise.all(firsts)).map(({ status, json }) => json?.code ?? status)
    expect(answers.sort()).toEqual([201, 'lane.renewal-needed'])
    expect((await letter).json?.code).toBe('policy.version-unknown')
    await strict.close()
  })

  test('a lane of one topic renews nothing on another', async () => {
    const [one, other] = [conversation(), conversation()]
    const lanes = [one, other].map((topic) => {
      const { holder, seed } = fresh()
      return { ...laneFields(topic, holder), seed }
    })
    for (const lane of lanes) await node.openLane(lane)
    const next = laneFields(other, fresh().holder)
    expect((await node.openLane({ ...next, renewal: renewal(lanes[0]!, next.use) })).json.code).toBe(
      'lane.renewal-invalid',
    )
  })

  test('holders renew only so much in a day, however many lanes they ask for at once', async () => {
    const topic = conversation()
    const { holder, seed } = fresh()
    const lane = { ...laneFields(topic, holder), seed }
    expect((await node.openLane(lane)).status).toBe(201)
    const expiresAt = BigInt(Math.floor(Date.now() / 1000) + 1800)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const on = i % 2 ? topic : topic.replace('/m-', '/mE-')
        const next = laneFields(on, fresh().holder, { units: 4096, expiresAt: expiresAt + BigInt(i) })
        return node.openLane({ ...next, renewal: renewal(lane, next.use) })
      }),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(16)
    expect(new Set(answers.flatMap(({ json }) => json?.code ?? []))).toEqual(new Set(['allowance.used-up']))
  })

  test('only lanes publish on a claimed topic, a wallet’s among them', async () => {
    const topic = conversation()
    const { holder, seed } = fresh()
    const lane = { ...laneFields(topic, holder), seed }
    await node.openLane(lane)
    expect((await node.publish(bob, envelope(topic))).json.message).toMatch(/^topic\.claimed: /)
    expect((await node.publish(bob, envelope(topic.replace('/m-', '/mE-')))).json.message).toMatch(/^topic\.claimed: /)
    const wallet = laneFields(topic, walletHolder(bob.bytes), { units: 2 })
    expect((await node.openLane({ ...wallet, renewal: renewal(lane, wallet.use) })).status).toBe(201)
    expect((await node.publish(bob, envelope(topic))).status).toBe(200)
    expect((await node.publish(bob, envelope(topic))).status).toBe(200)
    expect((await node.publish(bob, envelope(topic))).status).toBe(403)
  })

  test('nobody claims a topic where wallets have written', async () => {
    const topic = conversation()
    await node.publish(bob, envelope(topic))
    const { holder, seed } = fresh()
    const lane = { ...laneFields(topic, holder), seed }
    expect((await node.openLane(lane)).status).toBe(201)
    expect((await node.publishLane(laneEnvelope(lane, 1, envelope(topic)))).status).toBe(200)
    expect((await node.publish(bob, envelope(topic))).status).toBe(200)
    expect((await close(topic, lane)).json.code).toBe('topic.not-claimed')
  })

  test('carry long lanes where the floor is open, and meet the floor where it is not', async () => {
    const fields = { units: LANE_LIMITS.units, expiresAt: BigInt(Math.floor(Date.now() / 1000) + LANE_LIMITS.ttl - 60) }
    expect((await node.openLane(laneFields(conversation(), fresh().holder, fields))).status).toBe(201)
    const strict = await makeNode({ floor: parseRule('work 6') })
    const lane = laneFields(conversation(), fresh().holder)
    expect((await strict.openLane(lane)).json.code).toBe('policy.refused')
    expect((await strict.openLane({ ...lane, evidence: [workEvidence(lane.use, 0, 6)] })).status).toBe(201)
    await strict.close()
  })

  const close = (topic: string, lane: { use: Uint8Array; seed: Uint8Array }, signedTopic = topic) => {
    const signature = signEd25519(closeStatement(networkId, keccak256(utf8(signedTopic))), lane.seed)
    const body = encodeCloseRequest({ topic, use: lane.use, signature })
    return node.post('/v1/topics/close', body, { 'content-type': 'application/x-protobuf', accept: 'application/json' })
  }

  test('are closed for good by a holder, and by nobody else', async () => {
    const [topic, other] = [conversation(), conversation()]
    const lanes = [topic, other].map((name) => {
      const { holder, seed } = fresh()
      return { ...laneFields(name, holder, { units: 9 }), seed }
    })
    const [lane, stranger] = lanes as [(typeof lanes)[0], (typeof lanes)[0]]
    for (const one of lanes) await node.openLane(one)
    expect((await close(topic, stranger)).json.code).toBe('lane.unknown')
    expect((await close(topic, lane, other)).json.code).toBe('envelope.signature-invalid')
    expect((await close(topic, lane)).status).toBe(200)
    expect(await node.deps.store.topic(topic)).toMatchObject({ claimed: true, closed: true }) // after a restart too
    expect((await close(topic, lane)).status).toBe(200)
    expect((await node.publishLane(laneEnvelope(lane, 1, envelope(topic)))).json.code).toBe('topic.closed')
    const next = laneFields(topic, fresh().holder)
    expect((await node.openLane({ ...next, renewal: renewal(lane, next.use) })).json.code).toBe('topic.closed')
    expect((await node.publish(bob, envelope(topic))).json.message).toMatch(/^topic\.closed: /)
  })
})

describe('limits by caller', () => {
  test('proofs that fail cost the rest of the minute, lanes that are free have a number', async () => {
    let now = Math.floor(Date.now() / 60_000) * 60
    const limited = await makeStampNode({ rateLimits: 'on' }, {}, { clock: () => now })
    const bad = (nullifier: number) => limited.openLane(stamped(nullifier, { proof: new Uint8Array(256).fill(0xff) }))
    for (let i = 0; i < 20; i++) expect((await bad(i)).json.code).toBe('ticket.proof-invalid')
    const { status, json } = await bad(20)
    expect([status, json.code]).toEqual([429, 'rate.limited'])
    expect(limited.groth16.asked).toBe(20)
    now += 60
    expect((await bad(21)).json.code).toBe('ticket.proof-invalid')

    const free = (i: number) => limited.openLane(laneFields(`/xmtp/0/m-free-${i}/proto`, fresh().holder))
    const answers = []
    for (let i = 0; i < 302; i++) answers.push((await free(i)).status)
    expect(answers.filter((one) => one === 429)).toHaveLength(2)
    await limited.close()
  })

  test('lanes that renew another have a number of their own, so that one free lane does not give any number', async () => {
    const now = Math.floor(Date.now() / 60_000) * 60
    const limited = await makeNode({ rateLimits: 'on' }, { clock: () => now })
    const { holder, seed } = fresh()
    const first = { ...laneFields(conversation(), holder), seed }
    expect((await limited.openLane(first)).status).toBe(201)
    const next = laneFields(first.topic, fresh().holder)
    const body = { ...next, renewal: renewal(first, next.use) }
    const statuses = [(await limited.openLane(body)).status]
    while (statuses.length < 602) statuses.push((await limited.openLane(body)).status)
    expect(statuses.slice(0, 2)).toEqual([201, 200])
    expect(statuses.slice(599)).toEqual([200, 429, 429])
    expect((await limited.openLane(laneFields(conversation(), fresh().holder))).status).toBe(201)
    await limited.close()
  })
})

describe('home', () => {
  test('a lane is opened at its home only; others say where that is', async () => {
    const key = new Uint8Array(32).fill(7)
    const nodes = [{ url: 'https://other.test', key }]
    const away = await makeStampNode({}, { nodes })
    const answer = await away.openLane(stamped(300))
    expect([answer.status, answer.json.code, answer.json.home]).toEqual([409, 'lane.not-home', 'https://other.test'])
    await away.close()
  })

  test('every nullifier of a lane has its home there, whatever their order', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-home-'))
    const known = await makeNode({ dataDir })
    const nodes = [
      { url: 'https://here.test', key: known.deps.key.publicKey },
      { url: 'https://other.test', key: new Uint8Array(32).fill(7) },
    ]
    await known.close()
    const stay = await makeStampNode({ dataDir, defaultRule: parseRule('stamp 2') }, { nodes })
    const of = (url: string) => [...Array(60).keys()].filter((i) => homeOf(nodes, tagBytes(500 + i))?.url === url)
    const [here, other] = [of('https://here.test'), of('https://other.test')].map((list) => list.map((i) => 500 + i))
    const open = async (...ids: (number | undefined)[]) => {
      const lane = laneFields(sealed, fresh().holder)
      const { status, json } = await stay.openLane({ ...lane, evidence: ids.map((id = 0) => ticketEvidence(2, id)) })
      return status === 201 ? 'opened' : [json.code, json.home]
    }
    expect(await open(here?.[0], here?.[1])).toBe('opened')
    expect(await open(other?.[0], other?.[1])).toEqual(['lane.not-home', 'https://other.test'])
    expect(await open(here?.[2], other?.[0])).toEqual(['lane.homes-differ', undefined])
    expect(await open(other?.[0], here?.[2])).toEqual(['lane.homes-differ', undefined])
    await stay.close()
    await rm(dataDir, { recursive: true })
  })

  test('a node outside the set is home to nothing, and says so for free lanes too', async () => {
    const away = await makeStampNode({}, { nodes: [{ url: 'https://other.test', key: new Uint8Array(32).fill(7) }] })
    expect((await away.openLane(laneFields(conversation(), fresh().holder))).json.code).toBe('lane.not-home')
    await away.close()
  })
})

describe('without a checkpoint', () => {
  test('tickets wait, and everything else goes on', async () => {
    const alone = await makeNode(
      { ...followed, provers: ['http://down.test'], signers: [bob.address] },
      { fetch: () => Promise.reject(new Error('down')) },
    )
    await alone.checkpoints.poll()
    expect((await alone.openLane(stamped(400))).json.code).toBe('ticket.no-checkpoint')
    expect((await alone.openLane(laneFields(conversation(), fresh().holder))).status).toBe(201)
    const health = (await alone.app.inject({ method: 'GET', url: '/healthz' })).json()
    expect(health).toMatchObject({
      status: 'ok',
      checkpoint: null,
      provers: [{ url: 'http://down.test', ok: false, error: 'down' }],
    })
    await alone.close()
  })
})
