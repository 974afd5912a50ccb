import { afterEach, expect, test, vi } from 'vitest'
import { buildQuietly } from '../../../scripts/deployment/build-quietly.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('what the compiler warns of is not printed, and warnings of others are again afterwards, even if it failed', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const building = (run: () => Promise<void>) => buildQuietly({ tasks: { getTask: () => ({ run }) } })
  await building(async () => console.warn('transient storage'))
  await expect(building(() => Promise.reject(new Error('no contract')))).rejects.toThrow('no contract')
  console.warn('something else')
  expect(warn.mock.calls).toEqual([['something else']])
})
