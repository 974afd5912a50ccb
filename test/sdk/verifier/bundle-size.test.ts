import { describe, expect, test } from 'vitest'
import { bundleLimits, measureBundle } from '../../../scripts/bundle-size.ts'

describe('what others bundle', () => {
  test.each(bundleLimits.map((limit) => [limit.name, limit] as const))(
    '%s stays within its limit',
    async (_, limit) => {
      expect(await measureBundle(limit)).toBeLessThanOrEqual(limit.kilobytes * 1000)
    },
  )
})
