import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { directTopic, ownedTopic } from '../../../sdk/codec/index.ts'
import { addressToBytes, toHex, walletHolder } from '../../../sdk/crypto/index.ts'
import { grantConnection } from '../../../sdk/evidence/index.ts'
import { type BlockedValues, blocksEnvelope } from '../../helpers/blocks.ts'
import {
  envelope,
  laneEnvelope,
  laneFields,
  makeAccount,
  makeHolder,
  makeNode,
  makeStampNode,
  networkId,
  policyEnvelope,
  type TestAccount,
  tagBytes,
  ticketEvidence,
} from '../../helpers/node.ts'

let node: Awaited<ReturnType<typeof makeStampNode>>
let bob: TestAccount
let mallory: TestAccount
let number = 0

beforeAll(async () => {
  node = await makeStampNode()
  ;[bob, mallory] = await Promise.all([makeAccount(0x22), makeAccount(0x66)])
})
afterAll(() => node.close())

const bearer = ({ token }: TestAccount) => ({ authorization: `Bearer ${token}` })
let version = 0n
const block = async (values: BlockedValues) => {
  const { status } = await node.publish(bob, blocksEnvelope(bob, { version: ++version, ...values }))
  expect(status).toBe(200)
}

describe('a list of blocks', () => {
  test('is read by its owner, and neither it nor its salt by anybody else', async () => {
    const heard: string[] = []
    const stop = node.deps.bus.subscribe('all', ({ contentTopic }) => heard.push(contentTopic))
    await block({ wallets: [mallory.bytes] })
    stop()
    expect(heard).toEqual([])
    const topic = ownedTopic('blocks', bob.address)
    expect((await node.query(topic, bob)).envelopes).toHaveLength(1)
    const body = { contentTopics: [topic] }
    const headers = bearer(mallory)
    const answers = await Promise.all([
      node.post('/message/v1/query', body),
      node.post('/message/v1/query', body, headers),
      node.post('/message/v1/batch-query', { requests: [{ contentTopics: [] }, body] }, headers),
      node.post('/message/v1/batch-query', { requests: [body] }, headers),
      node.post('/message/v1/subscribe', body, headers),
      node.post('/v1/subscribe', { ...body, after: '0' }, headers),
    ])
    const { salt } = await node.deps.store.blocks(bob.address)
    for (const { status, bytes } of answers) {
      expect(status).toBeGreaterThanOrEqual(400)
      expect(bytes.includes(Buffer.from(salt).toString('base64'))).toBe(false)
    }
  })

  test('leaves no trace in what the account publishes for everybody', async () => {
    await node.publish(bob, policyEnvelope(bob, { version: 1n, rule: 'connection or request or stamp 1' }))
    const { envelopes } = await node.query(ownedTopic('policy', bob.address))
    const shown = envelopes.map(({ message }: { message: string }) => Buffer.from(message, 'base64').toString('hex'))
    expect(shown.join()).not.toContain(toHex(mallory.bytes))
    const published = JSON.stringify(envelopes).length
    await block({ wallets: [mallory.bytes], tags: Array.from({ length: 200 }, (_, i) => tagBytes(1000 + i)) })
    expect(JSON.stringify((await node.query(ownedTopic('policy', bob.address))).envelopes)).toHaveLength(published)
    const { version: kept } = (await node.deps.store.policies(bob.address))[0]!
    expect(kept).toBe(1n)
  })

  test('never goes back: an older one, replayed, changes nothing', async () => {
    const old = blocksEnvelope(bob, { version: version + 1n })
    version += 1n
    await block({ wallets: [mallory.bytes] })
    for (const sent of [old, { ...old, timestampNs: old.timestampNs + 1n }, blocksEnvelope(bob, { version })]) {
      const { status, json } = await node.publish(bob, sent)
      expect([status, json.code]).toEqual([409, 9])
      expect(json.message).toMatch(/^blocks\.version-too-low: /)
    }
    expect((await node.publish(mallory, envelope(ownedTopic('invite', bob.address)))).json.message).toMatch(
      /^policy\.blocked: /,
    )
  })

  test.each<[string, () => Uint8Array]>([
    ['of another account', () => blocksEnvelope(bob, { version: 99n }, { owner: mallory.bytes }).message],
    ['of another network', () => blocksEnvelope(bob, { version: 99n }, { networkId: new Uint8Array(32) }).message],
    [
      'that another account has signed',
      () => blocksEnvelope({ ...bob, identity: mallory.identity }, { version: 99n }).message,
    ],
    ['of 10,000 entries', () => blocksEnvelope(bob, { version: 99n }, { entries: new Uint8Array(160_000) }).message],
    ['of nothing', () => new Uint8Array()],
  ])('%s is refused and changes nothing', async (_, message) => {
    const before = await node.deps.store.blocks(bob.address)
    const { status } = await node.publish(bob, envelope(ownedTopic('blocks', bob.address), message()))
    expect(status).toBe(400)
    expect(await node.deps.store.blocks(bob.address)).toEqual(before)
  })

  test('is written by nobody else, not even with the list itself', async () => {
    const list = blocksEnvelope(bob, { version: version + 1n })
    expect((await node.publish(mallory, list)).json.message).toBe('publishing to restricted topic')
    expect((await node.publish(mallory, { ...list, contentTopic: ownedTopic('blocks', mallory.address) })).status).toBe(
      400,
    )
  })

  test('cannot be ended by whoever has the key for a moment: versions do not jump, and a next one is always taken', async () => {
    for (const high of [version + 2n ** 20n + 1n, 2n ** 63n - 1n]) {
      const { status, json } = await node.publish(bob, blocksEnvelope(bob, { version: high }))
      expect([status, json.message]).toEqual([409, expect.stringMatching(/^blocks\.version-too-high: /)])
    }
    const last = await node.publish(bob, blocksEnvelope(bob, { version: 2n ** 64n - 1n }))
    expect(last.json.message).toMatch(/^blocks\.invalid: /)
    for (const step of [2n ** 20n, 1n]) {
      version += step
      expect((await node.publish(bob, blocksEnvelope(bob, { version }))).status).toBe(200)
    }
  })

  test('holds after a restart, with its version', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'pennypost-blocks-'))
    const first = await makeNode({ dataDir })
    await first.publish(bob, blocksEnvelope(bob, { version: 2n ** 20n, wallets: [mallory.bytes] }))
    await first.close()
    const again = await makeNode({ dataDir })
    const { json } = await again.publish(mallory, envelope(ownedTopic('invite', bob.address)))
    expect(json.message).toMatch(/^policy\.blocked: /)
    expect((await again.publish(bob, blocksEnvelope(bob, { version: 7n }))).status).toBe(409)
    await again.close()
    await rm(dataDir, { recursive: true })
  })
})

/** What senders show, and what blocks them. */
const serial = new Uint8Array(16).fill(0x5e)
const tag = tagBytes(66)
const connection = (holder: Uint8Array, { serial: shown = serial, condition = 1 } = {}) => {
  const { publicKey: identityKey, secret: privateKey } = bob.identity.keys.identityKey
  const statement = {
    networkId,
    owner: bob.bytes,
    holder,
    serial: shown,
    expiresAt: BigInt(Math.floor(Date.now() / 1000) + 9999),
  }
  return [
    {
      condition,
      kind: { case: 'connection' as const, value: grantConnection(statement, { identityKey, privateKey }) },
    },
  ]
}
const evidence = {
  tag: () => [ticketEvidence(4, ++number + 7000, { tag: 66 })],
  connection,
  wallet: () => [ticketEvidence(4, ++number + 7000, { tag: 67 })],
} as const
const blockOf = (what: keyof typeof evidence, wallet = mallory): BlockedValues =>
  ({ tag: { tags: [tag] }, connection: { connections: [serial] }, wallet: { wallets: [wallet.bytes] } })[what]
const refusals = { tag: 'policy.blocked', connection: 'connection.revoked', wallet: 'policy.blocked' } as const

describe.each(['sealed', 'invite', 'intro', 'groupInvite'] as const)('under a lane key, on a %s topic', (kind) => {
  test.each(['tag', 'connection'] as const)(
    'a blocked %s opens nothing, and what it has opened carries nothing',
    async (what) => {
      await block({})
      const open = () => {
        const { holder, seed } = makeHolder(++number % 251)
        const lane = laneFields(ownedTopic(kind, bob.address), holder, {
          expiresAt: BigInt(Math.floor(Date.now() / 1000) + 600 + number),
        })
        return { lane: { ...lane, seed, policyVersion: 1n }, asked: evidence[what](holder) }
      }
      const before = open()
      expect((await node.openLane({ ...before.lane, evidence: before.asked as never })).status).toBe(201)
      await block(blockOf(what))
      const after = open()
      expect((await node.openLane({ ...after.lane, evidence: after.asked as never })).json.code).toBe(refusals[what])
      const sent = laneEnvelope(before.lane, 1, envelope(before.lane.topic))
      expect((await node.publishLane(sent)).json.code).toBe('policy.blocked')
      await block({})
      expect((await node.publishLane(sent)).status).toBe(200)
    },
  )
})

describe('a connection', () => {
  const ask = (holder: Uint8Array, i: number) =>
    laneFields(ownedTopic('sealed', bob.address), holder, {
      expiresAt: BigInt(Math.floor(Date.now() / 1000) + 900 + i),
      policyVersion: 1n,
    })

  test('carries nothing once it is revoked, on any of the lanes that it has opened, alone or beside another one', async () => {
    await block({})
    const { holder, seed } = makeHolder(0xd1)
    const spare = new Uint8Array(16).fill(0x5f)
    const both = [...connection(holder), ...connection(holder, { serial: spare, condition: 2 })]
    const lanes = [both, both, connection(holder), connection(holder), [...both].reverse()].map((evidence, i) => ({
      ...ask(holder, i),
      seed,
      evidence: evidence as never,
    }))
    for (const lane of lanes) expect((await node.openLane(lane)).status).toBe(201)
    const carried = async () => {
      const sent = lanes.map((lane, i) => laneEnvelope(lane, 1, envelope(lane.topic, `${i}`)))
      return Promise.all(sent.map(async (one) => (await node.publishLane(one)).json.code ?? 'stored'))
    }
    await block({ connections: [serial] })
    expect(await carried()).toEqual(Array(5).fill('policy.blocked'))
    await block({ connections: [spare] })
    const stored = ['policy.blocked', 'policy.blocked', 'stored', 'stored', 'policy.blocked']
    expect(await carried()).toEqual(stored)
  })

  test('is what a grant is repeated for, and nobody else is told of its lane', async () => {
    await block({})
    const { holder } = makeHolder(0xd3)
    const lane = ask(holder, 0)
    const own = connection(holder, { serial: new Uint8Array(16).fill(0x62) })
    const answers = []
    for (const evidence of [own, [], connection(holder), [...own, ...own], own])
      answers.push(await node.openLane({ ...lane, evidence: evidence as never }))
    expect(answers.map(({ status, json }) => json?.code ?? status)).toEqual([201, ...Array(3).fill('lane.opened'), 200])
  })

  test('opens a hundred lanes in a day, however many are asked for at once; another one has its own', async () => {
    await block({})
    const { holder } = makeHolder(0xd2)
    const many = connection(holder, { serial: new Uint8Array(16).fill(0x60) })
    const open = (i: number, evidence = many) => node.openLane({ ...ask(holder, i), evidence: evidence as never })
    const answers = await Promise.all(Array.from({ length: 120 }, (_, i) => open(i)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(100)
    expect(new Set(answers.flatMap(({ json }) => json?.code ?? []))).toEqual(new Set(['connection.used-up']))
    expect((await open(0)).status).toBe(200) // the same lane, the same grant
    expect((await open(500, connection(holder, { serial: new Uint8Array(16).fill(0x61) }))).status).toBe(201)
  })
})

describe.each(['invite', 'intro', 'groupInvite', 'dm'] as const)('with a token, on a %s topic', (kind) => {
  test.each(['tag', 'connection', 'wallet'] as const)(
    'a blocked %s opens nothing, and a lane opened before carries nothing',
    async (what) => {
      await block({})
      const account = await makeAccount(0x70 + (++number % 100))
      const topic = kind === 'dm' ? directTopic(account.address, bob.address) : ownedTopic(kind, bob.address)
      const holder = walletHolder(addressToBytes(account.address))
      const lane = (seconds: number) => {
        const expiresAt = BigInt(Math.floor(Date.now() / 1000) + seconds)
        return {
          ...laneFields(topic, holder, { expiresAt, policyVersion: 1n }),
          evidence: evidence[what](holder) as never,
        }
      }
      expect((await node.openLane(lane(600))).status).toBe(201)
      await block(blockOf(what, account))
      expect((await node.openLane(lane(601))).json.code).toBe(refusals[what])
      const sent = envelope(topic)
      expect((await node.publish(account, sent)).json.message).toMatch(/^policy\.(blocked|refused): /)
      await block({})
      expect((await node.publish(account, sent)).status).toBe(200)
    },
  )
})
