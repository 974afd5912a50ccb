import { describe, expect, test } from 'vitest'
import { createStateCache } from '../../../service/node/state/state-cache.ts'

/** A cache over a store that answers when the test says so. */
function cacheOver<V>(limit?: number) {
  const asked: [key: string, answer: (value: V | undefined) => void][] = []
  const read = (key: string) => new Promise<V | undefined>((resolve) => asked.push([key, resolve]))
  return { cache: createStateCache<V>(read, limit), asked }
}

describe('what the store says', () => {
  test('late is not put over what was written meanwhile', async () => {
    const { cache, asked } = cacheOver<string>()
    const loading = cache.load('topic')
    cache.stage('topic', 'written')
    asked[0]?.[1]('read before')
    await loading
    expect(cache.get('topic')).toBe('written')
    cache.settle('topic', true)
    expect(cache.get('topic')).toBe('written')
  })

  test('of nothing is not kept, so that it is asked again', async () => {
    const { cache, asked } = cacheOver<string>()
    const loading = cache.load('lane')
    asked[0]?.[1](undefined)
    await loading
    expect([cache.has('lane'), cache.get('lane')]).toEqual([false, undefined])
    void cache.load('lane')
    expect(asked).toHaveLength(2)
  })

  test('is asked for once, however many wait', () => {
    const { cache, asked } = cacheOver<string>()
    for (let i = 0; i < 3; i++) void cache.load('policy')
    expect(asked).toHaveLength(1)
  })
})

describe('what is being written', () => {
  test('is not forgotten before the write is over, however much else is read', async () => {
    const { cache, asked } = cacheOver<number>(2)
    cache.stage('pinned', 1)
    for (const key of ['a', 'b', 'c']) {
      const loading = cache.load(key)
      asked.at(-1)?.[1](0)
      await loading
    }
    expect(['pinned', 'a', 'b', 'c'].map(cache.has)).toEqual([true, false, false, true])
    cache.settle('pinned', true)
    const loading = cache.load('d')
    asked.at(-1)?.[1](0)
    await loading
    expect(['pinned', 'c', 'd'].map(cache.has)).toEqual([false, true, true])
  })

  test('and fails is read again, once all who wrote on top of it have failed too', () => {
    const { cache } = cacheOver<number>()
    cache.stage('tally', 1)
    cache.stage('tally', 2)
    cache.settle('tally', false)
    expect(() => cache.stage('tally', 3)).toThrow(expect.objectContaining({ code: 'node.unavailable' }))
    expect(cache.has('tally')).toBe(true)
    cache.settle('tally', true)
    expect(cache.has('tally')).toBe(false)
    cache.stage('tally', 1)
    expect(cache.get('tally')).toBe(1)
  })
})

describe('what the store has changed by itself', () => {
  test('is read again, also where it is being read just then', async () => {
    const { cache, asked } = cacheOver<number>()
    const first = cache.load('mail')
    asked[0]?.[1](256)
    await first
    const late = cache.load('other')
    cache.forget()
    asked[1]?.[1](256)
    await late
    expect(['mail', 'other'].map(cache.has)).toEqual([false, false])
    const again = cache.load('mail')
    asked[2]?.[1](0)
    await again
    expect(cache.get('mail')).toBe(0)
  })

  test('is read again once what is being written on top of it is written, and no sooner', () => {
    const { cache } = cacheOver<number>()
    cache.stage('mail', 255)
    cache.forget()
    cache.stage('mail', 256)
    cache.settle('mail', true)
    expect(cache.get('mail')).toBe(256)
    cache.settle('mail', true)
    expect(cache.has('mail')).toBe(false)
  })
})
