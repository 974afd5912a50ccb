import { describe, expect, test } from 'vitest'
import { createDepartures, replaceSeconds } from '../../../service/node/departures.ts'

/** Streams of one caller, at a time that the test sets. */
function streams() {
  let now = 0
  const departures = createDepartures(() => now)
  const begin = (topics: string[], place = 0n, caller = 'a') => departures.begin({ caller, topics, place: () => place })
  return {
    begin,
    take: (topics: string[], caller = 'a') => departures.take(caller, topics),
    wait: (seconds: number) => {
      now += seconds
    },
  }
}

describe('a stream that takes the place of another', () => {
  test('goes on where that one ended', () => {
    const { begin, take } = streams()
    begin(['x'])(7n)
    expect([take(['x', 'y']), take(['x', 'y'])]).toEqual([7n, undefined])
  })

  test('goes on where that one is, which it ends only then, and nothing is left to be taken again', () => {
    const { begin, take } = streams()
    const end = begin(['x'], 5n)
    expect(take(['x', 'y'])).toBe(5n)
    const endSecond = begin(['x', 'y'], 9n)
    end(6n)
    expect(take(['x', 'y', 'z'])).toBe(9n) // and not 6: all since would come again
    endSecond(9n)
    expect(take(['x', 'y', 'z'])).toBeUndefined()
  })

  test('has all its topics and one more while it is open, and is of the same caller', () => {
    const { begin, take } = streams()
    begin(['x', 'y'], 5n)
    expect([take(['x', 'y']), take(['x', 'z', 'w']), take(['x', 'y', 'z'], 'b')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('is another one where that one goes on for long', () => {
    const { begin, take, wait } = streams()
    const end = begin(['x'], 5n)
    expect(take(['x', 'y'])).toBe(5n)
    wait(replaceSeconds + 1)
    end(8n)
    expect(take(['x'])).toBe(8n)
  })
})

test('a caller with a million topics open makes a new stream look through few of them', () => {
  const { begin, take } = streams()
  const topics = Array.from({ length: 999 }, (_, i) => `t${i}`)
  let read = 0
  const counted = new Proxy(topics, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key)) read++
      return Reflect.get(target, key)
    },
  })
  for (let i = 0; i < 1000; i++) begin(counted)
  expect(take([...topics, 'more'])).toBe(0n)
  expect(read).toBeLessThanOrEqual(20_000)
})
