import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { beforeAll, describe, expect, test } from 'vitest'
import { doWork, type WorkProgress } from '../../../sdk/evidence/index.ts'
import { workOf } from '../../../sdk/verifier/index.ts'
import { laneUse } from '../../helpers/world.ts'

const target = { use: laneUse(), condition: 3 }

describe('doWork', () => {
  test.each([0, 1, 8, 12])('finds the first nonce of %s bits', async (bits) => {
    const nonce = await doWork(target, bits)
    expect(workOf(target, nonce)).toBeGreaterThanOrEqual(bits)
    for (let earlier = 0n; earlier < nonce; earlier++) expect(workOf(target, earlier)).toBeLessThan(bits)
  })

  test('leaves the thread free between slices, and tells how far it is', async () => {
    const progress: WorkProgress[] = []
    let ticks = 0
    const timer = setInterval(() => ticks++)
    await doWork(target, 16, { onProgress: (step) => progress.push(step) })
    clearInterval(timer)
    expect(progress.length).toBeGreaterThan(0)
    expect(progress.every(({ expected }) => expected === 65_536)).toBe(true)
    expect(progress.map(({ tried }) => tried)).toEqual(progress.map(({ tried }) => tried).toSorted((a, b) => a - b))
    expect(ticks).toBeGreaterThan(0)
  })

  test('stops when it is aborted', async () => {
    const controller = new AbortController()
    const onProgress = () => controller.abort(new Error('enough'))
    await expect(doWork(target, 16, { signal: controller.signal, onProgress })).rejects.toThrow('enough')
    await expect(doWork(target, 0, { signal: controller.signal })).rejects.toThrow('enough')
  })
})

describe('much work', () => {
  const noWorker = 'data:text/javascript,'
  /** Workers of this process that run now. */
  const countWorkers = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
  const untilGone = () => expect.poll(countWorkers, { timeout: 10_000 }).toBe(before)
  let before: number

  /** Ends a search a while after all its workers run: until then, and after that, it counts them. */
  function watchWorkers() {
    const ending = new AbortController()
    let [most, toldWithAll] = [0, 0]
    const onProgress = () => {
      most = Math.max(most, countWorkers() - before)
      if (most >= availableParallelism() && ++toldWithAll > 4) ending.abort(new Error('enough'))
    }
    return { signal: ending.signal, onProgress, most: () => most }
  }

  beforeAll(() => {
    before = countWorkers()
  })

  test('is done by as many workers as there are cores, which end with it, and comes to the same kind of nonce', async () => {
    const nonce = await doWork(target, 18)
    expect(workOf(target, nonce)).toBeGreaterThanOrEqual(18)
    const watch = watchWorkers()
    await expect(doWork(target, 60, watch)).rejects.toThrow('enough')
    expect(watch.most()).toBe(availableParallelism())
    await untilGone()
  })

  test('is told at most four times a second, with the seconds that are left on average', async () => {
    const told: (WorkProgress & { at: number })[] = []
    const onProgress = (step: WorkProgress) => void told.push({ ...step, at: performance.now() })
    await expect(doWork(target, 30, { onProgress, signal: AbortSignal.timeout(2500) })).rejects.toThrow('timeout')
    expect(told.length).toBeGreaterThan(2)
    expect(told[0]?.tried).toBe(0)
    for (const [i, step] of told.slice(1).entries()) {
      expect(step.at - told[i]!.at).toBeGreaterThanOrEqual(249)
      expect(step.tried).toBeGreaterThan(told[i]!.tried)
      expect(step.expected).toBe(2 ** 30)
      const rate = step.tried / ((step.at - told[0]!.at) / 1000)
      expect(step.secondsLeft / (2 ** 30 / rate)).toBeCloseTo(1, 0)
    }
  })

  test('called off while its workers run, ends all of them at once', async () => {
    const controller = new AbortController()
    const onProgress = ({ tried }: WorkProgress) => tried > 0 && controller.abort(new Error('enough'))
    await expect(doWork(target, 60, { signal: controller.signal, onProgress })).rejects.toThrow('enough')
    await untilGone()
  })

  test('called off before it began starts no worker', async () => {
    await expect(doWork(target, 60, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect(countWorkers()).toBe(before)
  })

  test('twice at once takes no more workers than once', async () => {
    const watch = watchWorkers()
    const both = [3, 4].map((condition) => doWork({ ...target, condition }, 60, watch))
    for (const one of both) await expect(one).rejects.toThrow('enough')
    expect(watch.most()).toBe(availableParallelism())
    await untilGone()
    const found = await Promise.all([3, 4].map((condition) => doWork({ ...target, condition }, 17)))
    found.forEach((nonce, i) => void expect(workOf({ ...target, condition: i + 3 }, nonce)).toBeGreaterThanOrEqual(17))
  })

  const port = "(await import('node:worker_threads')).parentPort"
  test.each([
    ['cannot be started', 'file:///nowhere.js'],
    ['end at once', `${noWorker}process.exit()`],
    ['throw', `${noWorker}throw new Error('mine')`],
    ['answer with a nonce that shows nothing', `${noWorker}${port}.postMessage({kind:'found',nonce:1n})`],
    ['are older, and know no search', `${noWorker}${port}.postMessage({kind:'failed',code:'proof.failed',message:''})`],
  ])('goes on without workers that %s', async (_, workerUrl) => {
    const nonce = await doWork(target, 17, { workerUrl })
    expect(workOf(target, nonce)).toBeGreaterThanOrEqual(17)
  })

  test('goes on with those that live where one dies', async () => {
    const real = new URL('../../../sdk/evidence/prove-worker.ts', import.meta.url)
    // Every second worker of this module dies; the others search.
    const flaky = `const {threadId,parentPort}=await import('node:worker_threads');if(threadId%2)process.exit();await import('${real}')`
    const nonce = await doWork(target, 18, { workerUrl: `${noWorker}${encodeURIComponent(flaky)}` })
    expect(workOf(target, nonce)).toBeGreaterThanOrEqual(18)
    await untilGone()
  })
})

describe('workOf', () => {
  test('is the zeros before the first one in SHA-256 of label, use, condition and nonce', () => {
    for (let nonce = 0n; nonce < 1000n; nonce++) {
      const number = Buffer.alloc(12)
      number.writeUInt32BE(target.condition)
      number.writeBigUInt64BE(nonce, 4)
      const digest = createHash('sha256').update('pennypost/work/v1').update(target.use).update(number).digest('hex')
      const bits = BigInt(`0x${digest}`).toString(2).padStart(256, '0')
      expect(workOf(target, nonce)).toBe(bits.indexOf('1'))
    }
  })

  test.each<[string, Parameters<typeof workOf>[0]]>([
    ['lane', { ...target, use: laneUse({ units: 2 }) }],
    ['condition', { ...target, condition: 4 }],
  ])('is for one %s', async (_, other) => {
    const nonce = await doWork(target, 14)
    expect(workOf(other, nonce)).toBeLessThan(14)
  })
})
