import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { conversationLane, expiryOf } from '../../../sdk/client/lanes/lane.ts'
import type { Means } from '../../../sdk/client/postage/means.ts'
import { quoteMeans, worthOf } from '../../../sdk/client/postage/quote.ts'
import { leavesOf, type Rule } from '../../../sdk/policy/index.ts'
import { isRequestOnly, type LaneShown, laneWorth, laneWorths, paymentClass } from '../../../sdk/verifier/index.ts'

const token = 10n ** 18n
const stampClass = fc.record({
  unitsPerTicket: fc.integer({ min: 1, max: 64 }),
  laneTtl: fc.integer({ min: 600, max: 700_000 }),
})

const condition: fc.Arbitrary<Rule> = fc.oneof(
  fc.constantFrom<Rule>(
    { kind: 'connection' },
    { kind: 'request' },
    { kind: 'everyone' },
    { kind: 'postage', amount: 10n ** 18n },
  ),
  fc.record({ kind: fc.constant('stamp' as const), count: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('stake' as const), class: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ kind: fc.constant('work' as const), bits: fc.integer({ min: 1, max: 8 }) }),
)
const rule = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    condition,
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }),
    }),
    fc.array(tie('rule'), { minLength: 2, maxLength: 4 }).chain((of) =>
      fc.record({
        kind: fc.constant('atLeast' as const),
        count: fc.integer({ min: 1, max: of.length }),
        of: fc.constant(of),
      }),
    ),
  ),
})).rule

const means = fc.record({
  hasConnection: fc.boolean(),
  stamps: fc.integer({ min: 0, max: 20 }),
  hasStake: fc.boolean(),
  mayPay: fc.boolean(),
})

/** What a node is shown where all that a quote names is shown, counted as the node counts it. */
function shownToNode(asked: Rule, indexes: readonly number[], classes: { stamp: Terms; stake: Terms }): LaneShown {
  const leaves = leavesOf(asked).filter(({ index }) => indexes.includes(index))
  const kinds = leaves.map(({ condition: { kind } }) => kind)
  const isPaid = kinds.includes('postage')
  return {
    isRequest: isRequestOnly(
      asked,
      indexes,
      new Set(leaves.flatMap(({ index, condition }) => (condition.kind === 'request' ? [index] : []))),
    ),
    isConnected: kinds.includes('connection'),
    isFirstContact: true,
    classes: [
      ...leaves.flatMap(({ condition }) =>
        condition.kind === 'stamp' ? Array.from({ length: condition.count }, () => classes.stamp) : [],
      ),
      ...leaves.flatMap(({ condition }) => (condition.kind === 'stake' ? [classes.stake] : [])),
      ...(isPaid ? [paymentClass] : []),
    ],
  }
}
type Terms = { readonly unitsPerTicket: number; readonly laneTtl: number }

describe('the lane that a client plans', () => {
  prop.prop([rule, means, stampClass, stampClass, fc.integer({ min: 1_700_000_000, max: 1_800_000_000 })], {
    numRuns: 500,
  })(
    'is never refused by the node for units or seconds, and has all the units that it may have',
    (asked, { hasConnection, stamps, hasStake, mayPay }, stamp, stake, now) => {
      const having: Means = {
        now,
        hasConnection,
        stamps,
        stampPrice: token,
        stakes: hasStake
          ? [{ class: 1, left: 3, nextEpochAt: now, units: stake.unitsPerTicket, laneTtl: stake.laneTtl }]
          : [],
        facts: [],
        claims: [],
        payment: mayPay
          ? { least: token, allowed: { base: 0n, bond: 0n, tip: 0n }, maxBond: undefined, begun: undefined }
          : undefined,
        requestBits: 8,
        spent: { price: 0n, bond: 0n },
        decimals: 18,
        hashRate: 1_000_000,
        left: { price: undefined, bond: undefined, seconds: 60 },
        without: new Set(),
      }
      const quote = quoteMeans(asked, having)
      fc.pre(quote.ok)
      if (!quote.ok) return
      const indexes = quote.conditions.map(({ index }) => index)
      const atNode = laneWorth(shownToNode(asked, indexes, { stamp, stake }))
      const planned = worthOf(quote, { stampClass: stamp, isFirstContact: true })
      expect(planned).toEqual(atNode)
      const expiresAt = Number(expiryOf(now, planned.ttl))
      expect(expiresAt).toBeLessThanOrEqual(now + atNode.ttl)
      expect(expiresAt).toBeGreaterThan(now + atNode.ttl / 4)
      expect(expiresAt % 60).toBe(0)
    },
  )

  prop.prop([fc.integer({ min: 1_700_000_000, max: 1_800_000_000 })])(
    'in a conversation is one that nodes open',
    (now) => {
      expect(conversationLane.units).toBeLessThanOrEqual(laneWorths.conversation.units)
      expect(Number(expiryOf(now, conversationLane.ttl))).toBeLessThanOrEqual(now + laneWorths.conversation.ttl)
    },
  )
})
