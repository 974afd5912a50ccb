import { beforeAll, describe, expect, test } from 'vitest'
import {
  expiryOf,
  LaneWriter,
  makeLane,
  makeRenewal,
  type OwnLane,
  openLane,
  publishSigned,
  useOfLane,
} from '../../../sdk/client/lanes/lane.ts'
import { createLaneHomes } from '../../../sdk/client/lanes/lane-homes.ts'
import { ThreadLane } from '../../../sdk/client/lanes/thread-lane.ts'
import { createClock } from '../../../sdk/client/session/clock.ts'
import { digestEnvelope, encodeGrant, grantStatement, receiptStatement } from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, randomBytes, signEd25519 } from '../../../sdk/crypto/index.ts'
import {
  type AnonymousNode,
  createAnonymousNode,
  type Fetch,
  NodeUnavailableError,
} from '../../../sdk/transport/index.ts'
import { homeOf } from '../../../sdk/verifier/index.ts'
import { randomConversation } from '../../../sdk/xmtp/index.ts'
import {
  checkpointOf,
  followed,
  makeNode,
  networkId,
  proverFetch,
  signCheckpoint,
  signer,
  type TestNode,
} from '../../helpers/node.ts'

const id = networkIdOf('n')
const seeds = [5, 7].map((byte) => new Uint8Array(32).fill(byte))
const nodes = seeds.map((seed, i) => ({ url: `http://node-${i}.example`, key: ed25519PublicKey(seed) }))
const [own, other] = nodes as [(typeof nodes)[0], (typeof nodes)[0]]

/** A lane whose home, by the set of nodes, is the one wanted. */
function laneAt(home: { key: Uint8Array }) {
  for (let byte = 0; ; byte++) {
    const fields = { topic: '/xmtp/0/m-x/proto', units: 4, expiresAt: 2_000_000_000n }
    const lane = makeLane(new Uint8Array(32).fill(byte), fields)
    if (homeOf(nodes, useOfLane(id, lane))?.key === home.key) return lane
  }
}

/** A node that signs with a seed, and answers as told to lanes. */
function nodeOf(seed: Uint8Array, refusal?: { code: string; home: string }) {
  const asked: string[] = []
  const node = {
    async openLane(request: { topic: string; holder: Uint8Array; units: number; expiresAt: bigint }) {
      asked.push('open')
      if (refusal) return { ok: false, status: 409, message: 'Elsewhere.', missing: [], ...refusal }
      const grant = encodeGrant({ use: useOfLane(id, request), units: 4 })
      return { ok: true, grant: { grant, signature: signEd25519(grantStatement(grant), seed) } }
    },
    async publishLane({ envelopes }: { envelopes: { envelope: Parameters<typeof digestEnvelope>[0] }[] }) {
      asked.push('publish')
      const digest = digestEnvelope(envelopes[0]?.envelope ?? { contentTopic: '', message: new Uint8Array() })
      const signature = signEd25519(receiptStatement(digest, 9n), seed)
      return { ok: true, receipts: [{ digest, sequence: 9n, signature }] }
    },
  } as unknown as AnonymousNode
  return { node, asked }
}

function edgesOf(anonymous: AnonymousNode, connect: (url: string) => AnonymousNode, named = nodes) {
  const network = { id, nodeKey: own.key }
  return { anonymous, network, homes: createLaneHomes({ network, nodes: () => named, connect }) }
}

const never = (): AnonymousNode => {
  throw new Error('No other host is to be asked.')
}

describe('a lane', () => {
  test('that has its home elsewhere is opened there, and published under there', async () => {
    const [mine, home] = [nodeOf(seeds[0] ?? id), nodeOf(seeds[1] ?? id)]
    const urls: string[] = []
    const edges = edgesOf(mine.node, (url) => {
      urls.push(url)
      return home.node
    })
    const lane = laneAt(other)
    expect(await openLane(edges, lane, {})).toMatchObject({ ok: true })
    const envelope = { contentTopic: lane.topic, timestampNs: 1n, message: new Uint8Array([1]) }
    const signed = new LaneWriter(edges, lane).sign(envelope)
    expect(await publishSigned(edges, signed)).toEqual({ ok: true, sequence: 9n })
    expect(await openLane(edges, lane, {})).toMatchObject({ ok: true })
    expect(urls).toEqual([other.url])
    expect(home.asked).toEqual(['open', 'publish', 'open'])
    expect(mine.asked).toEqual([])
  })

  test.each(['ticket', 'credential'] as const)('that is shown a %s for has its home by the nullifier', async (kind) => {
    const [mine, home] = [nodeOf(seeds[0] ?? id), nodeOf(seeds[1] ?? id)]
    const nullifiers = Array.from({ length: 64 }, (_, i) => new Uint8Array(32).fill(i))
    const nullifier = nullifiers.find((one) => homeOf(nodes, one)?.key === other.key)
    const evidence = [{ condition: 0, kind: { case: kind, value: { nullifier } } }] as never
    expect(
      await openLane(
        edgesOf(mine.node, () => home.node),
        laneAt(own),
        { evidence },
      ),
    ).toMatchObject({ ok: true })
    expect([mine.asked, home.asked]).toEqual([[], ['open']])
  })

  test('that is at home at the own node goes nowhere else', async () => {
    const mine = nodeOf(seeds[0] ?? id)
    expect(await openLane(edgesOf(mine.node, never), laneAt(own), {})).toMatchObject({ ok: true })
    expect(await openLane(edgesOf(mine.node, never, []), laneAt(other), {})).toMatchObject({ ok: true })
    expect(mine.asked).toEqual(['open', 'open'])
  })

  test('is never taken to the host that a node names, which might only want to see who comes', async () => {
    const mine = nodeOf(seeds[0] ?? id, { code: 'lane.not-home', home: 'http://evil.example' })
    const answer = await openLane(edgesOf(mine.node, never), laneAt(own), {})
    expect(answer).toMatchObject({ ok: false, code: 'lane.not-home' })
  })

  test('is refused where the home signs with another key than the set of nodes names', async () => {
    const home = nodeOf(seeds[0] ?? id)
    const edges = edgesOf(nodeOf(seeds[0] ?? id).node, () => home.node)
    await expect(openLane(edges, laneAt(other), {})).rejects.toMatchObject({ code: 'grant.invalid' })
  })

  test('says which node is down', async () => {
    const down = { openLane: () => Promise.reject(new NodeUnavailableError('It is down.')) } as unknown as AnonymousNode
    const edges = edgesOf(nodeOf(seeds[0] ?? id).node, () => down)
    await expect(openLane(edges, laneAt(other), {})).rejects.toMatchObject({ code: 'node.unavailable' })
  })
})

describe('on two nodes of one signed set', () => {
  type Real = { readonly node: TestNode; readonly anonymous: AnonymousNode; asked: number }
  let real: Real[]
  let names: { url: string; key: Uint8Array }[]

  beforeAll(async () => {
    const checkpoints: string[] = []
    const provers = { ...followed, provers: ['http://prover.test'], signers: [signer.address] }
    const made = await Promise.all(
      [0, 1].map(() => makeNode(provers, { fetch: (...all) => proverFetch(checkpoints)(...all) })),
    )
    names = made.map(({ deps }, i) => ({ url: `http://node-${i}.test`, key: deps.key.publicKey }))
    checkpoints.push(await signCheckpoint(checkpointOf({ nodes: names })))
    real = await Promise.all(made.map(begin))
    return () => Promise.all(made.map((node) => node.close()))
  })

  async function begin(node: TestNode, i: number): Promise<Real> {
    await node.checkpoints.poll()
    const fetch: Fetch = async (url, { method, headers, body }) => {
      one.asked++
      const sent = {
        method: method as 'POST',
        headers: headers as Record<string, string>,
        payload: Buffer.from(body as Uint8Array),
      }
      const answer = await node.app.inject({ url: url.slice(names[i]!.url.length), ...sent })
      const type = String(answer.headers['content-type'])
      return new Response(new Uint8Array(answer.rawPayload), {
        status: answer.statusCode,
        headers: { 'content-type': type },
      })
    }
    const one = { node, anonymous: createAnonymousNode({ url: names[i]!.url, fetch }), asked: 0 }
    return one
  }

  /** A client of the first node in a run of its own: it remembers no home. */
  function run() {
    const network = { id: networkId, nodeKey: names[0]!.key }
    const connect = (url: string) => real[names.findIndex((name) => name.url === url)]!.anonymous
    const homes = createLaneHomes({ network, nodes: () => names, connect })
    const clock = createClock(() => Date.now() / 1000, randomBytes)
    return { anonymous: real[0]!.anonymous, network, homes, random: randomBytes, clock, tell: () => undefined }
  }

  const say = (topic: string, text: string) => ({
    contentTopic: topic,
    timestampNs: BigInt(Date.now()) * 1_000_000n,
    message: new TextEncoder().encode(text),
  })

  test('a lane is renewed where it is, by this run, by a later one and by who got it, again and again', async () => {
    const used = new Set<string>()
    for (let i = 0; i < 12; i++) {
      const { topic } = randomConversation()
      const first = run()
      const fields = { topic, units: 64, expiresAt: expiryOf(Date.now() / 1000, 86_400) }
      const own = makeLane(randomBytes(32), fields)
      expect(await openLane(first, own, {})).toMatchObject({ ok: true })
      const reply = makeRenewal(first, { renews: own, random: randomBytes, ...fields })
      expect(await openLane(first, reply, { renews: own })).toMatchObject({ ok: true })
      let lane: OwnLane = reply
      for (let later = 0; later < 3; later++) {
        const writer = new ThreadLane(run(), { topic, lane })
        expect(await writer.publish(say(topic, `before ${later}`))).toMatchObject({ ok: true })
        const renewed = await writer.renew()
        if (!renewed.ok) throw new Error(`${renewed.code}: ${renewed.message}`)
        expect(await writer.publish(say(topic, `after ${later}`))).toMatchObject({ ok: true })
        lane = renewed.lane
      }
      const stored = await Promise.all(real.map(async ({ node }) => (await node.query(topic)).envelopes.length))
      expect(stored.sort()).toEqual([0, 6])
      used.add(homeOf(names, useOfLane(networkId, own))!.url)
    }
    expect(used.size).toBe(2)
  })

  test('a lane that is at home where nobody would look is renewed there by the run that opened it', async () => {
    const { topic } = randomConversation()
    const edges = run()
    const fields = { topic, units: 64, expiresAt: expiryOf(Date.now() / 1000, 86_400) }
    const [own, reply] = [makeLane(randomBytes(32), fields), lanesAt(fields)]
    expect(await openLane(edges, own, {})).toMatchObject({ ok: true })
    const elsewhere = reply.find(
      (lane) => !edges.homes.isBeside(useOfLane(networkId, lane), useOfLane(networkId, own)),
    )!
    expect(await openLane(edges, elsewhere, { renews: own })).toMatchObject({ ok: true })
    expect(await new ThreadLane(edges, { topic, lane: elsewhere }).publish(say(topic, 'gm'))).toMatchObject({
      ok: true,
    })
  })

  const lanesAt = (fields: { topic: string; units: number; expiresAt: bigint }) =>
    Array.from({ length: 40 }, () => makeLane(randomBytes(32), fields))
})
