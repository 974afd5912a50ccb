import { describe, expect, test } from 'vitest'
import { LaneWriter, makeLane, openLane, publishSigned, useOfLane } from '../../../sdk/client/lanes/lane.ts'
import { createLaneHomes } from '../../../sdk/client/lanes/lane-homes.ts'
import { digestEnvelope, encodeGrant, grantStatement, receiptStatement } from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, signEd25519 } from '../../../sdk/crypto/index.ts'
import { type AnonymousNode, NodeUnavailableError } from '../../../sdk/transport/index.ts'
import { homeOf } from '../../../sdk/verifier/index.ts'

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
    expect(await openLane(edges, lane, {})).toEqual({ ok: true })
    const envelope = { contentTopic: lane.topic, timestampNs: 1n, message: new Uint8Array([1]) }
    const signed = new LaneWriter(edges, lane).sign(envelope)
    expect(await publishSigned(edges, signed)).toEqual({ ok: true, sequence: 9n })
    expect(await openLane(edges, lane, {})).toEqual({ ok: true })
    expect(urls).toEqual([other.url])
    expect(home.asked).toEqual(['open', 'publish', 'open'])
    expect(mine.asked).toEqual([])
  })

  test('that is at home at the own node goes nowhere else', async () => {
    const mine = nodeOf(seeds[0] ?? id)
    expect(await openLane(edgesOf(mine.node, never), laneAt(own), {})).toEqual({ ok: true })
    expect(await openLane(edgesOf(mine.node, never, []), laneAt(other), {})).toEqual({ ok: true })
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
