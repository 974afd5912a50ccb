import { beforeEach, describe, expect, test } from 'vitest'
import { type LaneTerms, makeLane, type OwnLane, useOfLane } from '../../../sdk/client/lanes/lane.ts'
import { ThreadLane } from '../../../sdk/client/lanes/thread-lane.ts'
import {
  digestEnvelope,
  encodeGrant,
  grantStatement,
  type LaneEnvelope,
  type LaneRequest,
  receiptStatement,
} from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, randomBytes, signEd25519, toHex } from '../../../sdk/crypto/index.ts'
import { NodeUnavailableError } from '../../../sdk/transport/index.ts'
import { checkEnvelope, checkRenewal, type LaneState } from '../../../sdk/verifier/index.ts'

// One conversation's lane against a node that decides with the real verifier.

const now = 1_750_000_000
const topic = '/xmtp/0/m-abc/proto'
const networkId = networkIdOf('n')
const nodeSeed = new Uint8Array(32).fill(9)
let lanes: Map<string, LaneState>
let stored: string[]
let opened: number
let fail: 'before' | 'after' | undefined

const refused = (code: string) => ({ ok: false, status: 403, code, message: code, missing: [] })

const openLane = async (request: LaneRequest) => {
  const { renewal } = request
  const use = useOfLane(networkId, request)
  const signer = renewal && lanes.get(toHex(renewal.use))
  if (!signer || !checkRenewal(signer, renewal, use)) return refused('lane.renewal-invalid')
  opened++
  lanes.set(toHex(use), stateOf(request, use))
  const grant = encodeGrant({ use })
  return { ok: true, grant: { grant, signature: signEd25519(grantStatement(grant), nodeSeed) } }
}

const publishLane = async ({ envelopes: [signed] }: { envelopes: LaneEnvelope[] }) => {
  if (fail === 'before') throw new NodeUnavailableError('down')
  const refusal = signed && store(signed)
  if (refusal) return refused(refusal.code)
  if (fail === 'after') throw new NodeUnavailableError('down')
  const digest = digestEnvelope(signed!.envelope!)
  return {
    ok: true,
    receipts: [{ digest, sequence: 1n, signature: signEd25519(receiptStatement(digest, 1n), nodeSeed) }],
  }
}

/** Decides as a node does; what is stored already is fine. */
function store(signed: LaneEnvelope): { code: string } | undefined {
  const key = toHex(digestEnvelope(signed.envelope!))
  if (stored.includes(key)) return undefined
  const checked = checkEnvelope(lanes.get(toHex(signed.use))!, signed, now)
  if (!checked.ok) return checked
  lanes.set(toHex(signed.use), checked.lane)
  stored.push(key)
  return undefined
}

const stateOf = ({ holder, units, ...lane }: LaneTerms, use: Uint8Array): LaneState => ({
  topic: lane.topic,
  holder,
  units,
  use,
  expiresAt: Number(lane.expiresAt),
  envelopes: 1000,
  usedUnits: 0,
  usedEnvelopes: 0,
  counter: 0,
})

function start(fields: Partial<OwnLane> = {}, counter = 0) {
  const lane = makeLane(randomBytes(32), { topic, units: 3, expiresAt: BigInt(now + 5000), ...fields })
  const use = useOfLane(networkId, lane)
  lanes.set(toHex(use), { ...stateOf(lane, use), counter })
  const context = {
    anonymous: { openLane, publishLane } as never,
    network: { id: networkId, nodeKey: ed25519PublicKey(nodeSeed) } as never,
    random: randomBytes,
    clock: { seconds: () => now } as never,
    tell: () => undefined,
  }
  return new ThreadLane(context, { topic, lane })
}

const envelopeOf = (text: string) => ({ contentTopic: topic, timestampNs: 1n, message: new TextEncoder().encode(text) })

beforeEach(() => {
  lanes = new Map()
  stored = []
  opened = 0
  fail = undefined
})

describe('ThreadLane', () => {
  test('uses the lane it has while there is room, and renews it before that is gone', async () => {
    const thread = start()
    for (const text of ['a', 'b', 'c']) expect(await thread.publish(envelopeOf(text))).toMatchObject({ ok: true })
    expect(opened).toBe(0)
    expect(await thread.publish(envelopeOf('d'))).toMatchObject({ ok: true })
    expect(opened).toBe(1)
    expect(stored).toHaveLength(4)
  })

  test('renews a lane that is over, or about to be, by its own word', async () => {
    for (const expiresAt of [now - 100, now + 30]) {
      expect(await start({ expiresAt: BigInt(expiresAt) }).publish(envelopeOf(`at ${expiresAt}`))).toMatchObject({
        ok: true,
      })
    }
    expect(opened).toBe(2)
  })

  test('renews a lane that another client of the account is ahead on', async () => {
    expect(await start({}, 7).publish(envelopeOf('a'))).toMatchObject({ ok: true })
    expect(opened).toBe(1)
  })

  test('stores once what was published twice because an answer was lost', { timeout: 20_000 }, async () => {
    const thread = start()
    const envelope = envelopeOf('a')
    fail = 'after'
    await expect(thread.publish(envelope)).rejects.toMatchObject({ code: 'node.unavailable' })
    fail = undefined
    expect(await thread.publish(envelope)).toMatchObject({ ok: true })
    expect(stored).toHaveLength(1)
    expect(opened).toBe(0)
  })

  test('publishes what never arrived before what comes after it', { timeout: 20_000 }, async () => {
    const thread = start()
    fail = 'before'
    await expect(thread.publish(envelopeOf('a'))).rejects.toMatchObject({ code: 'node.unavailable' })
    fail = undefined
    expect(await thread.publish(envelopeOf('b'))).toMatchObject({ ok: true })
    expect(stored).toEqual(['a', 'b'].map((text) => toHex(digestEnvelope(envelopeOf(text)))))
  })

  test('renews the lane of what is tried again, where that is over by now', { timeout: 20_000 }, async () => {
    const thread = start()
    const envelope = envelopeOf('a')
    fail = 'before'
    await expect(thread.publish(envelope)).rejects.toMatchObject({ code: 'node.unavailable' })
    fail = undefined
    for (const [use, lane] of lanes) lanes.set(use, { ...lane, expiresAt: now - 1 })
    expect(await thread.publish(envelope)).toMatchObject({ ok: true })
    expect([stored.length, opened]).toEqual([1, 1])
  })

  test('says that there is no lane where a letter came without one', async () => {
    const context = { clock: { seconds: () => now } as never, random: randomBytes, tell: () => undefined }
    const thread = new ThreadLane(context as never, { topic, lane: undefined })
    expect(await thread.publish(envelopeOf('a'))).toMatchObject({ ok: false, code: 'lane.missing' })
  })
})
