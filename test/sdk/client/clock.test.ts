import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { expiryOf, randomExpiry } from '../../../sdk/client/lanes/lane.ts'
import { createClock } from '../../../sdk/client/session/clock.ts'
import { randomBytes } from '../../../sdk/crypto/index.ts'

describe('createClock', () => {
  prop.prop([fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 50 })])(
    'gives times that only rise, whatever the clock below does',
    (steps) => {
      let at = 0
      const clock = createClock(() => 1_750_000_000 + (steps[at++ % steps.length] ?? 0), randomBytes)
      const times = steps.map(() => clock.nextNs())
      expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0n))).toBe(true)
    },
  )

  test('keeps the millisecond, and makes up what is below it', () => {
    const times = [1, 2, 3].map(() => createClock(() => 1_750_000_000.123, randomBytes).nextNs())
    expect(new Set(times.map((time) => time / 1_000_000n))).toEqual(new Set([1_750_000_000_123n]))
    expect(new Set(times).size).toBe(3)
  })
})

describe('expiryOf', () => {
  prop.prop([fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }), fc.integer({ min: 600, max: 604_800 })])(
    'is within what evidence is worth, even for a clock that is a little fast, and never over',
    (now, ttl) => {
      const expiry = Number(expiryOf(now, ttl))
      expect(expiry).toBeLessThanOrEqual(now + ttl - 120)
      expect(expiry).toBeGreaterThanOrEqual(now + ttl / 2 - 120)
    },
  )

  test('is the same full hour for everybody who asks within one', () => {
    const hour = 1_750_000_000 - (1_750_000_000 % 3600)
    const expiries = [200, 1000, 3500].map((second) => expiryOf(hour + second, 86_400))
    expect(new Set(expiries).size).toBe(1)
    expect(Number(expiries[0]) % 3600).toBe(0)
  })
})

describe('randomExpiry', () => {
  test('differs from lane to lane, and stays within a day', () => {
    const expiries = Array.from({ length: 50 }, () => randomExpiry(1_750_000_000, randomBytes))
    expect(new Set(expiries).size).toBeGreaterThan(40)
    expect(expiries.every((at) => at > 1_750_003_000n && at < 1_750_000_000n + 86_400n)).toBe(true)
  })
})
