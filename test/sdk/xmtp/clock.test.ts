import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createClock } from '../../../sdk/xmtp/index.ts'

describe('createClock', () => {
  prop.prop([fc.array(fc.nat(5), { minLength: 1 })])('always moves on, whatever the clock below does', (readings) => {
    const left = [...readings]
    const clock = createClock(() => left.shift() ?? 0)
    const times = readings.map(() => clock())
    expect(times.every((time, i) => i === 0 || time > (times[i - 1] ?? 0n))).toBe(true)
  })

  test('is the time below where that moves on', () => {
    const readings = [1_700_000_000_000.9, 1_700_000_000_000, 1_700_000_000_002]
    const clock = createClock(() => readings.shift() ?? 0)
    expect([clock(), clock(), clock()]).toEqual([
      1_700_000_000_000_000_000n,
      1_700_000_000_000_000_001n,
      1_700_000_000_002_000_000n,
    ])
  })
})
