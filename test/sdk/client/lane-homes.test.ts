import { describe, expect, test } from 'vitest'
import { LaneWriter, makeLane, openLane, publishSigned, useOfLane } from '../../../sdk/client/lanes/lane.ts'
import { createLaneHomes } from '../../../sdk/client/lanes/lane-homes.ts'
import { digestEnvelope, encodeGrant, grantStatement, receiptStatement } from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, signEd25519 } from '../../../sdk/crypto/index.ts'
import { type NodeClient, NodeUnavailableError } from '../../../sdk/transport/index.ts'

const id = networkIdOf('n')
const lane = makeLane(new Uint8Array(32).fill(1), { topic: '/xmtp/0/m-x/proto', units: 4, expiresAt: 2_000_000_000n })
const use = useOfLane(id, lane)
const keyOf = (name: number) => new Uint8Array(32).fill(name)

/** A node that opens lanes, or names their home. */
function nodeOf(name: number, { home, network = 'n' }: { home?: string; network?: string } = {}) {
  const asked: string[] = []
  const node = {
    async info() {
      asked.push('info')
      return { nodeKey: ed25519PublicKey(keyOf(name)), network: { name: network, id: networkIdOf(network) } }
    },
    async openLane() {
      asked.push('open')
      if (home) return { ok: false, status: 409, code: 'lane.not-home', message: 'Elsewhere.', missing: [], home }
      const grant = encodeGrant({ use, units: 4 })
      return { ok: true, grant: { grant, signature: signEd25519(grantStatement(grant), keyOf(name)) } }
    },
    async publishLane({ envelopes }: { envelopes: { envelope: Parameters<typeof digestEnvelope>[0] }[] }) {
      asked.push('publish')
      const digest = digestEnvelope(envelopes[0]?.envelope ?? { contentTopic: '', message: new Uint8Array() })
      const signature = signEd25519(receiptStatement(digest, 9n), keyOf(name))
      return { ok: true, receipts: [{ digest, sequence: 9n, signature }] }
    },
  } as unknown as NodeClient
  return { node, asked, network: { id, nodeKey: ed25519PublicKey(keyOf(name)) } }
}

function edgesOf(own: ReturnType<typeof nodeOf>, connect: (url: string) => NodeClient) {
  return { ...own, homes: createLaneHomes({ networkId: id, connect }) }
}

describe('a lane that has its home elsewhere', () => {
  test('is opened there, and published under there', async () => {
    const home = nodeOf(7)
    const urls: string[] = []
    const edges = edgesOf(nodeOf(5, { home: 'http://home.example' }), (url) => {
      urls.push(url)
      return home.node
    })
    expect(await openLane(edges, lane, {})).toEqual({ ok: true })
    const envelope = { contentTopic: lane.topic, timestampNs: 1n, message: new Uint8Array([1]) }
    const signed = new LaneWriter(edges, lane).sign(envelope)
    expect(await publishSigned(edges, signed)).toEqual({ ok: true, sequence: 9n })
    expect(await openLane(edges, lane, {})).toEqual({ ok: true })
    expect(urls).toEqual(['http://home.example'])
    expect(home.asked).toEqual(['info', 'open', 'publish', 'open'])
    expect(edges.asked).toEqual(['open', 'open'])
  })

  test('stays closed where that node is of another network, or names another home in turn', async () => {
    const own = { home: 'http://home.example' }
    const foreign = edgesOf(nodeOf(5, own), () => nodeOf(7, { network: 'other' }).node)
    expect(await openLane(foreign, lane, {})).toMatchObject({ ok: false, code: 'lane.not-home' })
    const round = edgesOf(nodeOf(5, own), () => nodeOf(7, { home: 'http://third.example' }).node)
    expect(await openLane(round, lane, {})).toMatchObject({ ok: false, home: 'http://third.example' })
  })

  test('is looked for again where its home was down', async () => {
    let isDown = true
    const home = nodeOf(7)
    const down = { ...home.node, info: () => Promise.reject(new NodeUnavailableError('It is down.')) }
    const edges = edgesOf(nodeOf(5, { home: 'http://home.example' }), () => (isDown ? down : home.node))
    await expect(openLane(edges, lane, {})).rejects.toMatchObject({ code: 'node.unavailable' })
    isDown = false
    expect(await openLane(edges, lane, {})).toEqual({ ok: true })
  })
})
