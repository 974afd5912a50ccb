import { describe, expect, test } from 'vitest'
import { createDepartures, type Place, replaceSeconds } from '../../../service/node/departures.ts'
import { createProgress, startAt } from '../../../service/node/stream-place.ts'

/** Streams of one caller, at a time that the test sets. */
function streams() {
  let now = 0
  const departures = createDepartures(() => now)
  const at = (after: bigint): Place => ({ after, told: [] })
  const begin = (topics: string[], place = 0n, caller = 'a') => {
    const end = departures.begin({ caller, topics, place: () => at(place) })
    return (after: bigint) => end(at(after))
  }
  return {
    begin,
    take: (topics: string[], caller = 'a') => departures.take(caller, topics)?.place.after,
    wait: (seconds: number) => {
      now += seconds
    },
  }
}

describe('a stream that takes the place of another', () => {
  test('goes on where that one ended', () => {
    const { begin, take } = streams()
    begin(['x'])(7n)
    expect(take(['x', 'y'])).toBe(7n)
  })

  test('goes on where that one is, which it ends only then, and the next one goes on after this one', () => {
    const { begin, take } = streams()
    const end = begin(['x'], 5n)
    expect(take(['x', 'y'])).toBe(5n)
    const endSecond = begin(['x', 'y'], 9n)
    end(6n)
    expect(take(['x', 'y', 'z'])).toBe(9n) // and not 6: all since would come again
    endSecond(9n)
    begin(['x', 'y', 'z'], 12n)
    expect(take(['x', 'y', 'z', 'w'])).toBe(12n)
  })

  test.each([
    ['before', ['x', 'y', 'theirs']],
    ['with all of the new topics, before', ['x', 'y', 'new', 'theirs']],
  ])('is left its place by a stranger at the same address who asks %s it does', (_, theirs) => {
    const { begin, take } = streams()
    begin(['x', 'y'])(7n)
    for (let i = 0; i < 100; i++) begin(theirs, take(theirs) ?? 20n)(20n) // and ends at once
    expect(take(['x', 'y', 'new'])).toBe(7n)
    expect(take(['x', 'y'])).toBe(7n)
  })

  test('is left its place by a stranger who asks while that one is open', () => {
    const { begin, take } = streams()
    const end = begin(['x', 'y'], 5n)
    expect(take(['x', 'y', 'theirs'])).toBe(5n)
    expect(take(['x', 'y', 'new'])).toBe(5n)
    end(6n)
    expect(take(['x', 'y'])).toBe(6n)
  })

  test('comes within seconds', () => {
    const { begin, take, wait } = streams()
    begin(['x'])(7n)
    wait(replaceSeconds + 1)
    expect(take(['x'])).toBeUndefined()
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

describe('a stream with new topics', () => {
  const invite = '/xmtp/0/invite-0x11/proto'
  const envelope = (contentTopic: string, sequence: bigint) =>
    ({ contentTopic, sequence, timestampNs: 0n, message: new Uint8Array(), digest: new Uint8Array(32) }) as const

  /** A stream that has sent something, and the start of one in its place with so many topics more. */
  function follow(sent: readonly (readonly [string, bigint])[], more: number, { wait = 0 } = {}) {
    let now = 100
    const topics = [invite, 'm']
    const progress = createProgress({ position: () => 0n, clock: () => now })
    for (const [topic, sequence] of sent) progress.sent(envelope(topic, sequence))
    now += wait
    const wanted = [...topics, ...Array.from({ length: more }, (_, i) => `new ${i}`)]
    return startAt({ topics, place: progress.place() }, wanted)
  }
  const sent = [
    ['m', 4n],
    [invite, 5n],
    ['m', 6n],
    [invite, 8n],
    ['m', 9n],
    [invite, 10n],
    ['m', 11n],
  ] as const

  test.each([
    [0, 11n, 3],
    [1, 5n, 2],
    [2, 8n, 1],
    [3, 10n, 0],
    [4, 11n, 0],
  ] as const)(
    'goes on after the invitation that told its reader of the newest: of %i, after %i',
    (more, after, left) => {
      const start = follow(sent, more)
      expect([start.after, start.told.length]).toEqual([after, left])
    },
  )

  test('goes on at the end where invitations are a moment old; only so many are remembered', () => {
    expect(follow(sent, 1, { wait: replaceSeconds + 1 })).toEqual({ after: 11n, told: [] })
    const many = Array.from({ length: 5000 }, (_, i) => [invite, BigInt(i + 1)] as const)
    expect(follow(many, 0).told).toHaveLength(1000)
  })

  test('is followed by a third, where it was replaced before it sent anything', () => {
    const second = createProgress({ position: () => 0n, clock: () => 100 }, follow(sent, 1))
    const third = startAt({ topics: ['a'], place: second.place() }, ['a', 'b'])
    expect([third.after, third.told.map(({ sequence }) => sequence)]).toEqual([8n, [10n]])
    for (const [topic, sequence] of sent.slice(2)) second.sent(envelope(topic, sequence))
    const later = startAt({ topics: ['a'], place: second.place() }, ['a', 'b'])
    expect([later.after, later.told.map(({ sequence }) => sequence)]).toEqual([8n, [10n]])
  })
})
