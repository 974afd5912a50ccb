import { describe, expect, test } from 'vitest'
import { createLookQueue } from '../../../sdk/client/mailbox/look-queue.ts'
import { createDice } from '../../helpers/dice.ts'

/** A queue whose looks and rests end when the test says so. */
function watched(look: (claim: number) => Promise<void> = async () => undefined) {
  const [looked, rests, errors]: [number[], number[], unknown[]] = [[], [], []]
  const ending = new AbortController()
  let wake = () => {}
  const add = createLookQueue<number>({
    look: async (claim) => {
      looked.push(claim)
      await look(claim)
    },
    sleep: (ms, signal) => {
      rests.push(ms)
      return new Promise((resolve, reject) => {
        wake = resolve
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    },
    random: dice.bytes,
    signal: ending.signal,
    onError: (error) => void errors.push(error),
  })
  const settled = () => new Promise(setImmediate)
  return {
    looked,
    rests,
    errors,
    settled,
    ending,
    add: (from: number, to: number) => {
      for (let i = from; i < to; i++) add(i)
    },
    wake: () => {
      wake()
      return settled()
    },
  }
}

const dice = createDice('looks')

describe('what comes on a channel', () => {
  test('is looked at 64 in a row, and the next ten seconds later', async () => {
    const { add, looked, rests, settled, wake } = watched()
    for (let i = 0; i < 100; i++) {
      add(i, i + 1)
      await settled()
    }
    expect(looked).toHaveLength(64)
    expect(rests).toEqual([10_000])
    await wake()
    expect(looked).toHaveLength(100)
    expect(new Set(looked).size).toBe(100)
    add(100, 128)
    await settled()
    expect(looked).toHaveLength(128)
    add(128, 129)
    await settled()
    expect([looked.length, rests.length]).toEqual([128, 2])
  })

  test('waits in a queue of 64, whatever comes', async () => {
    const { add, looked, settled, wake } = watched()
    add(0, 100_000)
    await settled()
    await wake()
    expect(looked).toHaveLength(1 + 64)
  })

  test('is kept with the same chance whenever it came, where more come than can wait', async () => {
    const kept: number[] = []
    for (let run = 0; run < 400; run++) {
      const { add, looked, settled, wake } = watched()
      add(0, 1 + 256)
      await settled()
      await wake()
      kept.push(...looked.slice(1))
    }
    const inQuarter = (quarter: number) => kept.filter((claim) => Math.floor((claim - 1) / 64) === quarter).length
    for (const quarter of [0, 1, 2, 3]) // ten deviations are 0.027
      expect(Math.abs(inQuarter(quarter) / kept.length - 0.25)).toBeLessThan(0.03)
    expect(kept).toHaveLength(400 * 64)
  })

  test('is looked at one after the other, and one that fails holds up no other', async () => {
    let [now, most] = [0, 0]
    const { add, looked, errors, settled } = watched(async (claim) => {
      most = Math.max(most, ++now)
      await new Promise(setImmediate)
      now--
      if (claim === 1) throw new Error('broken')
    })
    add(0, 4)
    for (let i = 0; i < 10; i++) await settled()
    expect(looked).toEqual([0, 1, 2, 3])
    expect(most).toBe(1)
    expect(errors).toMatchObject([{ message: 'broken' }])
    add(4, 5)
    await settled()
    expect(looked).toEqual([0, 1, 2, 3, 4])
  })

  test('is left alone when the client ends', async () => {
    const { add, looked, settled, ending } = watched()
    add(0, 60)
    await settled()
    add(60, 70)
    await settled()
    ending.abort()
    await settled()
    add(70, 71)
    await settled()
    expect(looked).toHaveLength(64)
  })
})
