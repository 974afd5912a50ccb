import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
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
    await expect(doWork(target, 60, { signal: controller.signal, onProgress })).rejects.toThrow('enough')
    await expect(doWork(target, 0, { signal: controller.signal })).rejects.toThrow('enough')
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
