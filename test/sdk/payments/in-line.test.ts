import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { inLine } from '../../../sdk/payments/in-line.ts'

const never = () => new Promise<never>(() => {})

describe('steps that stand in one line', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('go one after the other, whatever becomes of those before, and beside those of another line', async () => {
    const done: string[] = []
    const step = (name: string, ms: number) => async () => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      done.push(name)
      if (name === 'b') throw new Error('b has failed')
      return name
    }
    const ended = Promise.allSettled([
      inLine('x', step('a', 30)),
      inLine('x', step('b', 20)),
      inLine('x', step('c', 10)),
      inLine('y', step('d', 5)),
    ])
    await vi.runAllTimersAsync()
    expect((await ended).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(done).toEqual(['d', 'a', 'b', 'c'])
  })

  test('are not held up for ever by one that never ends, and at once go on where its signal ends it', async () => {
    const ending = new AbortController()
    inLine('x', never, ending.signal).catch(() => undefined)
    ending.abort()
    expect(await inLine('x', async () => 'next')).toBe('next')

    void inLine('x', never)
    let isDone = false
    const next = inLine('x', async () => (isDone = true))
    await vi.advanceTimersByTimeAsync(119_000)
    expect(isDone).toBe(false)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(await next).toBe(true)
  })
})
