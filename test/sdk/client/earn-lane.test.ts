import { expect, test } from 'vitest'
import { makeLane, useOfLane } from '../../../sdk/client/lanes/lane.ts'
import { Budget } from '../../../sdk/client/postage/budget.ts'
import { earnLane } from '../../../sdk/client/postage/earn-lane.ts'
import { encodeGrant, grantStatement, type LaneRequest } from '../../../sdk/codec/index.ts'
import { ed25519PublicKey, networkIdOf, randomBytes, signEd25519 } from '../../../sdk/crypto/index.ts'

const networkId = networkIdOf('n')
const seed = new Uint8Array(32).fill(9)

/** Opens a lane for a stamp that is ready after so many seconds, at a node that knows its root at the third look. */
async function earn(secondsUntilReady: number) {
  let [now, looks] = [1_750_000_000, 0]
  const openLane = async (request: LaneRequest) => {
    if (++looks < 3) return { ok: false, status: 403, code: 'ticket.root-unknown', message: '', missing: [] }
    const grant = encodeGrant({ use: useOfLane(networkId, request) })
    return { ok: true, grant: { grant, signature: signEd25519(grantStatement(grant), seed) } }
  }
  const stamps = {
    async tickets() {
      if (looks === 0) now += secondsUntilReady
      return [{ tag: new Uint8Array(32) }]
    },
    refresh: async () => undefined,
  }
  const budget = new Budget()
  budget.begin({})
  const network = { id: networkId, nodeKey: ed25519PublicKey(seed) }
  const earner = {
    session: { network, clock: { seconds: () => now }, tell: () => undefined },
    purse: { stamps, stampTerms: async () => undefined },
    edges: { anonymous: { openLane }, network },
    budget,
  }
  const lane = makeLane(randomBytes(32), { topic: '/xmtp/0/m-abc/proto', units: 1, expiresAt: BigInt(now + 86_400) })
  const conditions = [{ index: 0, condition: { kind: 'stamp', count: 1 } }]
  const earning = { lane, purpose: 'first-contact', target: {}, quote: { conditions, stampMoney: 0n }, version: 1n }
  return earnLane(earner as never, earning as never, {})
}

test('what may pass is waited for, also where the tickets were ready after a long while', async () => {
  expect(await earn(1_200)).toMatchObject({ ok: true })
})
