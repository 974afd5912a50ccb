import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ClientEvent } from '../../../sdk/client/session/events.ts'
import { afterwards } from '../../../sdk/client/tickets/afterwards.ts'

describe('what follows something on the chain', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    told.length = 0
  })

  const told: ClientEvent[] = []
  const tell = (event: ClientEvent) => void told.push(event)
  const degraded = (code: string) => [{ kind: 'degraded', code }]

  test('is waited for a minute, and then ended and told', async () => {
    let ended: AbortSignal | undefined
    const answer = afterwards({ tell }, {}, ({ signal }) => {
      ended = signal
      return new Promise(() => {})
    })
    await vi.advanceTimersByTimeAsync(59_000)
    expect([ended?.aborted, told]).toEqual([false, []])
    await vi.advanceTimersByTimeAsync(1_000)
    expect([await answer, ended?.aborted, told]).toEqual([false, true, degraded('call.ended')])
  })

  test("ends with the caller's signal, and is answered", async () => {
    const signal = AbortSignal.abort()
    expect(await afterwards({ tell }, { signal }, () => new Promise(() => {}))).toBe(false)
    expect(told).toEqual(degraded('call.ended'))
  })

  test('leaves no clock behind where it was done', async () => {
    expect(await afterwards({ tell }, {}, async () => undefined)).toBe(true)
    expect([vi.getTimerCount(), told]).toEqual([0, []])
  })
})
