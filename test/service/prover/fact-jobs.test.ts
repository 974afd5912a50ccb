import { describe, expect, test } from 'vitest'
import { createFactJobs } from '../../../service/prover/facts/fact-jobs.ts'
import { createFactQueue } from '../../../service/prover/facts/fact-queue.ts'
import { refuse } from '../../../service/prover/facts/fact-refusal.ts'

const refused = refuse('fact.not-so', 'It is not so.')
const nothing = () => Promise.resolve(refused)
const never = () => new Promise<never>(() => undefined)

describe('requests that are looked up', () => {
  test('one that is looked up again is remembered, however many others end meanwhile', async () => {
    const jobs = createFactJobs()
    await jobs.start('again', nothing).done
    const running = jobs.start('again', never)
    await Promise.all(Array.from({ length: 1_001 }, (_, i) => jobs.start(`other ${i}`, nothing).done))
    await new Promise(setImmediate)
    expect(jobs.find('again')).toBe(running)
    expect(jobs.find('other 0')).toBeUndefined() // a thousand are remembered that are over
    expect(jobs.find('other 1000')).toBeDefined()
  })

  test('one that is under way is not forgotten', async () => {
    const jobs = createFactJobs()
    const running = jobs.start('a', never)
    jobs.forget('a')
    expect(jobs.find('a')).toBe(running)
    await jobs.start('b', nothing).done
    await new Promise(setImmediate)
    jobs.forget('b')
    expect(jobs.find('b')).toBeUndefined()
  })
})

test('who waits with as little as the one who comes keeps its place', async () => {
  const queue = createFactQueue({ running: 1, ofCaller: 4, overall: 2 })
  let end = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    end = resolve
  })
  const first = queue.run('a', () => gate)
  const waiting = queue.run('b', async () => 'looked up')
  expect(await queue.run('c', async () => 'instead')).toMatchObject({ code: 'rate.limited' })
  end()
  await first
  expect(await waiting).toBe('looked up')
})
