import { signal } from '@preact/signals'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Client } from '../../sdk/index.ts'
import { findWaiting } from '../../web/inbox/find-waiting.ts'
import type { WaitingLetter } from '../../web/inbox/watch-waiting.ts'

const letter = (state: 'not-asked' | 'released' = 'not-asked') =>
  ({ letter: new Uint8Array(32), trustees: [{ state }] }) as unknown as WaitingLetter

describe('letters from before the account had keys', () => {
  let left: readonly WaitingLetter[]
  let looks: number
  let opened: number
  let isDown: boolean
  let ending: AbortController
  const news = signal(0)
  const unattended = {
    list: async () => {
      looks++
      if (isDown) throw new Error('The node is gone.')
      return left
    },
    open: vi.fn(async () => {}),
  } as unknown as Client['unattended']
  const find = () => findWaiting({ unattended }, { news, over: ending.signal, onOpened: () => opened++ })

  beforeEach(() => {
    vi.useFakeTimers()
    ;[left, looks, opened, isDown, ending] = [[letter()], 0, 0, false, new AbortController()]
  })
  afterEach(() => {
    ending.abort()
    vi.useRealTimers()
  })

  test('are looked for once where there are none', async () => {
    left = []
    const waiting = find()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([waiting.value, looks]).toEqual([undefined, 1])
  })

  test('are looked for again where the node was gone', async () => {
    isDown = true
    const waiting = find()
    await vi.advanceTimersByTimeAsync(1_000)
    isDown = false
    await vi.advanceTimersByTimeAsync(5_000)
    await vi.waitFor(() => expect(waiting.value?.letters.value).toEqual(left))
  })

  test('are not looked for any more once the person has signed out', async () => {
    isDown = true
    find()
    await vi.advanceTimersByTimeAsync(1_000)
    ending.abort()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(looks).toBe(1)
  })

  test('show what was answered, told or not, and say when some are opened', async () => {
    left = [letter(), letter()]
    const waiting = find()
    await vi.waitFor(() => expect(waiting.value?.letters.value).toHaveLength(2))
    left = [letter('released'), letter()]
    await vi.advanceTimersByTimeAsync(2_000)
    expect([waiting.value?.letters.value, opened]).toEqual([left, 0])
    left = [letter()]
    news.value++
    await vi.advanceTimersByTimeAsync(0)
    expect([waiting.value?.letters.value, opened]).toEqual([left, 1])
  })

  test('stay as they are while the node is gone', async () => {
    const waiting = find()
    await vi.waitFor(() => expect(waiting.value).toBeDefined())
    isDown = true
    await vi.advanceTimersByTimeAsync(4_000)
    expect(waiting.value?.letters.value).toEqual(left)
  })

  test('are looked at no more once all are opened, or the person has signed out', async () => {
    const waiting = find()
    await vi.waitFor(() => expect(waiting.value).toBeDefined())
    left = []
    await vi.advanceTimersByTimeAsync(2_000)
    const after = looks
    news.value++
    await vi.advanceTimersByTimeAsync(60_000)
    expect([waiting.value?.letters.value, looks]).toEqual([[], after])

    left = [letter()]
    const other = find()
    await vi.waitFor(() => expect(other.value).toBeDefined())
    ending.abort()
    const ended = looks
    news.value++
    await vi.advanceTimersByTimeAsync(60_000)
    expect(looks).toBe(ended)
  })
})
