import { expect, test } from 'vitest'
import { takeFromLane } from '../../../service/node/gates/wallet-lane.ts'
import { createDraft } from '../../../service/node/state/draft.ts'
import { createStateCache } from '../../../service/node/state/state-cache.ts'

const topic = '/xmtp/0/m-wallet/proto'
const now = 1_000

/** The counters under which the wallet's lanes take so many envelopes, of one unit each, one after the other. */
function countersOf(count: number, ...held: Record<'units' | 'envelopes' | 'expiresAt', number>[]): number[] {
  const lanes = createStateCache<unknown>(async () => undefined)
  const keys = held.map((_, i) => `lane ${i}`)
  for (const [i, lane] of held.entries()) {
    lanes.stage(keys[i] as string, { ...lane, usedUnits: 0, usedEnvelopes: 0, counter: 0 })
  }
  const walletLanes = new Map([[topic, keys]])
  const taken = new Map<unknown, { counter: number }>()
  const gate = { deps: { state: { lanes } }, draft: createDraft(), now, walletLanes, taken }
  const sent = () => ({ envelope: { message: new Uint8Array(1) }, target: { topic } })
  for (let i = 0; i < count; i++) takeFromLane(gate as never, sent() as never)
  return [...taken.values()].map(({ counter }) => counter)
}

test.each([
  ['its units', [{ units: 3, envelopes: 9, expiresAt: now + 1 }], [1, 2, 3]],
  ['its envelopes', [{ units: 9, envelopes: 3, expiresAt: now + 1 }], [1, 2, 3]],
  ['its end', [{ units: 9, envelopes: 9, expiresAt: now }], []],
  [
    'what all of them have',
    [
      { units: 2, envelopes: 9, expiresAt: now + 1 },
      { units: 9, envelopes: 9, expiresAt: now - 1 },
      { units: 9, envelopes: 3, expiresAt: now + 1 },
    ],
    [1, 2, 1, 2, 3],
  ],
])('a wallet publishes under its lanes up to %s', (_, held, taken) => {
  expect(countersOf(12, ...held)).toEqual(taken)
})
