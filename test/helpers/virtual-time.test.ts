import { describe, expect, test } from 'vitest'
import { createVirtualTime } from './virtual-time.ts'

const start = 1_750_000_000

describe('virtual time', () => {
  test('wakes sleepers in the order of their times, those of one moment in the order of their calls', async () => {
    const time = createVirtualTime(start)
    const woken: [string, number][] = []
    const sleep = (name: string, ms: number) => time.sleep(ms).then(() => woken.push([name, time.now() - start]))
    for (const [name, ms] of [
      ['late', 3000],
      ['soon', 500],
      ['b', 1000],
      ['c', 1000],
    ] as const)
      void sleep(name, ms)
    await time.advance(2)
    expect(woken).toEqual([
      ['soon', 0.5],
      ['b', 1],
      ['c', 1],
    ])
    expect(time.now()).toBe(start + 2)
    await time.run(start + 3)
    expect(woken.at(-1)).toEqual(['late', 3])
  })

  test('passes an hour of sleeping in chains without waiting for it', async () => {
    const time = createVirtualTime(start)
    let beats = 0
    const beat = async () => {
      for (;;) {
        await time.sleep(60_000)
        beats++
      }
    }
    void beat()
    await time.advance(3600)
    expect(beats).toBe(60)
  })

  test('stands still while real work is done', async () => {
    const time = createVirtualTime(start)
    const seen: number[] = []
    const work = async () => {
      await time.whileBusy(() => new Promise((resolve) => setTimeout(resolve, 30)))
      seen.push(time.now())
    }
    void work()
    void time.sleep(10).then(() => seen.push(time.now()))
    await time.advance(1)
    expect(seen).toEqual([start, start + 0.01])
  })

  test('ends a sleep with the reason of its signal', async () => {
    const time = createVirtualTime(start)
    const controller = new AbortController()
    const sleeping = time.sleep(5000, controller.signal)
    controller.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
    await expect(time.sleep(1, controller.signal)).rejects.toThrow('enough')
    await time.advance(10)
  })

  test('drives work to its end, and says where nothing could end it', async () => {
    const time = createVirtualTime(start)
    const chain = async () => {
      await time.sleep(1000)
      await time.sleep(2000)
      return 'done'
    }
    await expect(time.drive(chain())).resolves.toBe('done')
    expect(time.now()).toBe(start + 3)
    await expect(time.drive(new Promise(() => undefined))).rejects.toThrow('Everybody waits')
  })
})
