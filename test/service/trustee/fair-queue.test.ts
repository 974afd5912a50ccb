import { expect, test } from 'vitest'
import { FairQueue, type FairQueueOptions } from '../../../service/trustee/fair-queue.ts'

const closing = new AbortController()
const { signal } = closing

function queueOf(options: Partial<FairQueueOptions> = {}) {
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  return { errors, queue: new FairQueue({ workers: 2, mostOfOne: 3, most: 5, onError, signal, ...options }) }
}

test('does what is of one key in its order, and keys in turn', async () => {
  const { queue } = queueOf({ workers: 1 })
  const done: string[] = []
  for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'])
    queue.push(name.slice(0, 1), async () => void done.push(name))
  await queue.idle()
  expect(done).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
})

test('says that it is full, of one key and in all, until something was done', async () => {
  const { queue } = queueOf()
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const key of ['a', 'a', 'a']) queue.push(key, () => promise)
  expect([queue.hasRoom('a'), queue.hasRoom('b')]).toEqual([false, true])
  for (const key of ['b', 'c']) queue.push(key, () => promise)
  expect([queue.hasRoom('b'), queue.hasRoom('d')]).toEqual([false, false])
  resolve()
  await queue.idle()
  expect([queue.hasRoom('a'), queue.hasRoom('d')]).toEqual([true, true])
})

test('what fails is tried again before what is behind it, and holds up no other key', async () => {
  const { queue, errors } = queueOf()
  const done: string[] = []
  let tries = 0
  const failing = async () => {
    if (++tries <= 3) throw new Error('away')
    done.push('failed')
  }
  for (const key of ['a', 'b', 'c']) queue.push(key, failing)
  queue.push('a', async () => void done.push('behind'))
  queue.push('d', async () => void done.push('other'))
  await expect.poll(() => done.length, { timeout: 5_000 }).toBe(5)
  expect(errors).toHaveLength(3)
  expect(done[0]).toBe('other')
  expect(done.indexOf('behind')).toBeGreaterThan(done.indexOf('failed'))
})

test('begins nothing more once it ends', async () => {
  const ending = new AbortController()
  const { queue } = queueOf({ workers: 1, signal: ending.signal })
  const done: string[] = []
  queue.push('a', async () => {
    done.push('first')
    ending.abort()
  })
  queue.push('a', async () => void done.push('second'))
  await queue.idle()
  expect(done).toEqual(['first'])
})
