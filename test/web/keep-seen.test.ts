import { expect, test } from 'vitest'
import { keepSeen, mostSeen } from '../../web/inbox/keep-seen.ts'

/** A device on which tabs keep what one account has read. */
function device(kept: Record<string, unknown> = {}) {
  const tabs: AbortController[] = []
  return {
    kept,
    tab(name = 'seen 0x1') {
      const ending = new AbortController()
      tabs.push(ending)
      const { signal: over } = ending
      const keep = async (at: string, value: unknown) => {
        kept[at] = structuredClone(value)
      }
      const seen = keepSeen(name, { over, read: async (at) => kept[at], keep })
      return { seen, close: () => ending.abort() }
    },
    close: () => tabs.map((tab) => tab.abort()),
  }
}

test('what was read is known after a reload, and never goes back', async () => {
  const { kept, tab, close } = device()
  const first = tab()
  first.seen.note('a', 5)
  first.seen.note('a', 3)
  await expect.poll(() => kept['seen 0x1']).toEqual({ a: 5 })
  first.close()
  const { seen } = tab()
  await seen.ready
  expect([seen.until('a'), seen.until('b')]).toEqual([5, 0])
  close()
})

test('tabs of the account hear what was read, and others do not', async () => {
  const { kept, tab, close } = device()
  const [one, other, stranger] = [tab(), tab(), tab('seen 0x2')]
  const told: string[] = []
  other.seen.onTold((key) => told.push(`other ${key}`))
  stranger.seen.onTold((key) => told.push(`stranger ${key}`))
  one.seen.note('a', 5)
  one.seen.note('a', 5) // no news
  await expect.poll(() => told).toEqual(['other a'])
  expect(other.seen.until('a')).toBe(5)
  other.seen.note('b', 6)
  await expect.poll(() => kept['seen 0x1']).toEqual({ a: 5, b: 6 })
  close()
})

test('what is kept is bounded: the oldest go', async () => {
  const { kept, tab, close } = device()
  const { seen } = tab()
  for (let at = 1; at <= mostSeen + 2; at++) seen.note(`c${at}`, at)
  await expect.poll(() => Object.keys(kept['seen 0x1'] ?? {})).toHaveLength(mostSeen)
  expect(kept['seen 0x1']).not.toHaveProperty('c2')
  expect(kept['seen 0x1']).toHaveProperty('c3')
  close()
})

test('who has signed out keeps nothing more, and a store that fails is as an empty one', async () => {
  const { kept, tab, close } = device()
  const { seen, close: signOut } = tab()
  seen.note('a', 5)
  signOut()
  seen.note('a', 6)
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect(kept).toEqual({})
  const over = new AbortController()
  const broken = keepSeen('seen 0x1', { over: over.signal, read: () => Promise.reject(new Error('no')) })
  await broken.ready
  expect(broken.until('a')).toBe(0)
  over.abort()
  close()
})
