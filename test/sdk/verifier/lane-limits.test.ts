import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { maxMessageLength } from '../../../sdk/codec/index.ts'
import { letterSizes } from '../../../sdk/letters/index.ts'
import { parseRule } from '../../../sdk/policy/index.ts'
import {
  isRequestOnly,
  LANE_LIMITS,
  type LaneShown,
  laneWorth,
  laneWorths,
  paymentClass,
  unitsOf,
} from '../../../sdk/verifier/index.ts'

const stamp = { unitsPerTicket: 4, laneTtl: 3600 }
const nothing: LaneShown = { isRequest: false, isConnected: false, isFirstContact: true, classes: [] }

describe('laneWorth', () => {
  test.each<[string, Partial<LaneShown>, number, number]>([
    ['nothing where nothing is asked', {}, 16, 86_400],
    ['a request', { isRequest: true }, 1, 86_400],
    ['a request beside a stamp that the rule does not need', { isRequest: true, classes: [stamp] }, 1, 86_400],
    ['a connection', { isConnected: true }, 16, 86_400],
    ['one stamp', { classes: [stamp] }, 4, 3600],
    ['three stamps', { classes: [stamp, stamp, stamp] }, 12, 3600],
    ['a stamp and a connection', { isConnected: true, classes: [stamp] }, 16, 86_400],
    ['a payment', { classes: [paymentClass] }, 64, 86_400],
    ['a class that lives for ten days', { classes: [{ unitsPerTicket: 9, laneTtl: 864_000 }] }, 9, 86_400],
    [
      'the same in a conversation',
      { isFirstContact: false, classes: [{ unitsPerTicket: 9, laneTtl: 864_000 }] },
      9,
      864_000,
    ],
    ['the word of a holder', { isFirstContact: false, allowance: laneWorths.conversation }, 4096, 604_800],
    ['a stamp where an allowance is larger', { classes: [stamp], allowance: laneWorths.conversation }, 4, 3600],
  ])('%s', (_, shown, units, ttl) => {
    expect(laneWorth({ ...nothing, ...shown })).toEqual({ units, ttl })
  })

  const shown = fc.record({
    isRequest: fc.boolean(),
    isConnected: fc.boolean(),
    isFirstContact: fc.boolean(),
    classes: fc.array(fc.record({ unitsPerTicket: fc.nat(64), laneTtl: fc.nat(1_000_000) }), {
      minLength: 1,
      maxLength: 5,
    }),
  })

  prop.prop([shown])('another stamp never makes a lane smaller or shorter', (before) => {
    const [less, more] = [laneWorth(before), laneWorth({ ...before, classes: [...before.classes, stamp] })]
    expect(more.units).toBeGreaterThanOrEqual(less.units)
    expect(more.ttl).toBeGreaterThanOrEqual(less.ttl)
  })

  prop.prop([shown])('nothing on first contact outlives a day', (some) => {
    expect(laneWorth({ ...some, isFirstContact: true }).ttl).toBeLessThanOrEqual(LANE_LIMITS.firstContactTtl)
  })
})

test.each<[string, number[], number[], boolean]>([
  ['request or stamp 1', [0], [0], true],
  ['request or stamp 1', [0, 1], [0], false],
  ['request or stamp 1', [1], [], false],
  ['request or everyone', [0], [0], false],
  ['request or request', [0, 1], [0, 1], true],
  ['request and stamp 1', [0, 1], [0], true],
  ['stamp 1', [], [], false],
])('"%s" with %j, of which %j are requests, is met by them only: %s', (rule, satisfied, requests, expected) => {
  expect(isRequestOnly(parseRule(rule), satisfied, new Set(requests))).toBe(expected)
})

test('the largest envelope fits a lane, and the largest letter what a payment or a connection is worth', () => {
  expect(unitsOf({ length: maxMessageLength })).toBeLessThanOrEqual(LANE_LIMITS.units)
  const letter = unitsOf({ length: Math.max(...letterSizes) })
  for (const worth of [laneWorths.small.units, paymentClass.unitsPerTicket]) expect(letter).toBeLessThanOrEqual(worth)
})
