import { describe, expect, test } from 'vitest'
import { createQueue, doublingDelays, exponentialDelay, joinSignals, orAborted, pause, retry } from '../../sdk/async.ts'
import { randomBytes } from '../../sdk/crypto/index.ts'

const never = new Promise<never>(() => undefined)

describe('joinSignals', () => {
  test('ends with the first of the signals, by its reason, and listens to none of them afterwards', () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const { signal } = joinSignals([undefined, one.signal, other.signal])
    expect(signal.aborted).toBe(false)
    other.abort(new Error('second'))
    one.abort(new Error('first'))
    expect(signal.reason).toEqual(new Error('second'))
  })

  test('is over at once where one of them is', () => {
    expect(joinSignals([AbortSignal.abort(new Error('before'))]).signal.reason).toEqual(new Error('before'))
  })

  test('ends after its time, unless it was released', async () => {
    const [late, released] = [joinSignals([], { afterMs: 5 }), joinSignals([], { afterMs: 5 })]
    released.release()
    await pause(30)
    expect([late.signal.aborted, released.signal.aborted]).toEqual([true, false])
    expect(late.signal.reason).toMatchObject({ name: 'TimeoutError' })
  })
})

describe('a queue', () => {
  test('runs one step at a time, in the order given', async () => {
    const inTurn = createQueue()
    const seen: string[] = []
    const step = (name: string, ms: number) => async () => {
      seen.push(`${name} begins`)
      await pause(ms)
      seen.push(`${name} ends`)
      return name
    }
    expect(await Promise.all([inTurn(step('a', 20)), inTurn(step('b', 1)), inTurn(step('c', 0))])).toEqual([
      'a',
      'b',
      'c',
    ])
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })

  test('goes on after a step that failed, also before its first wait', async () => {
    const inTurn = createQueue()
    const failed = inTurn(() => {
      throw new Error('at once')
    })
    const next = inTurn(async () => 'next')
    await expect(failed).rejects.toThrow('at once')
    expect(await next).toBe('next')
  })

  test('drops a waiting step at once when its signal aborts, and never runs it', async () => {
    const inTurn = createQueue()
    const [gate, aborting] = [Promise.withResolvers<void>(), new AbortController()]
    const ran: string[] = []
    const first = inTurn(() => gate.promise)
    const dropped = inTurn(async () => ran.push('dropped'), aborting.signal)
    const last = inTurn(async () => ran.push('last'))
    aborting.abort(new Error('enough'))
    await expect(dropped).rejects.toThrow('enough')
    expect(ran).toEqual([]) // and the last one has not overtaken the first
    gate.resolve()
    await Promise.all([first, last])
    expect(ran).toEqual(['last'])
  })

  test('lets a step that has begun answer, whatever its signal says meanwhile', async () => {
    const inTurn = createQueue()
    const aborting = new AbortController()
    const begun = inTurn(async () => {
      aborting.abort()
      return 'done'
    }, aborting.signal)
    expect(await begun).toBe('done')
  })
})

describe('waiting', () => {
  test('a pause ends with the reason of its signal, before or while it waits', async () => {
    await expect(pause(10_000, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
    const aborting = new AbortController()
    const paused = pause(10_000, aborting.signal)
    aborting.abort(new Error('while'))
    await expect(paused).rejects.toThrow('while')
  })

  test('a promise is left when the signal aborts, and kept where it is first', async () => {
    await expect(orAborted(never, AbortSignal.abort(new Error('left')))).rejects.toThrow('left')
    expect(await orAborted(Promise.resolve('kept'), new AbortController().signal)).toBe('kept')
  })
})

describe('trying again', () => {
  const failing = (times: number) => {
    let left = times
    return async () => {
      if (left-- > 0) throw new Error('busy')
      return 'done'
    }
  }

  test.each([
    [0, 'done'],
    [2, 'done'],
    [3, 'busy'],
  ])('a step that fails %i times, with two further attempts: %s', async (times, outcome) => {
    const run = retry(failing(times), { delaysMs: [0, 0], mayPass: () => true })
    expect(await run.catch((error) => error.message)).toBe(outcome)
  })

  test('is not done after an error that does not pass', async () => {
    const run = retry(failing(1), { delaysMs: [0, 0], mayPass: () => false })
    await expect(run).rejects.toThrow('busy')
  })

  test('ends with the signal', async () => {
    const aborting = new AbortController()
    const run = retry(failing(9), { delaysMs: doublingDelays(5, 20), mayPass: () => true, signal: aborting.signal })
    aborting.abort(new Error('enough'))
    await expect(run).rejects.toThrow('enough')
  })

  test('delays double up to the longest', () => {
    expect([...doublingDelays(100, 500).take(5)]).toEqual([100, 200, 400, 500, 500])
  })
})

describe('a random delay', () => {
  test('has the mean it is asked for, and forgets what was before: half of those beyond any time pass in one more median', () => {
    const delays = Array.from({ length: 20_000 }, () => exponentialDelay(1000, randomBytes))
    const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length
    expect(mean).toBeGreaterThan(950)
    expect(mean).toBeLessThan(1050)
    const median = 1000 * Math.LN2
    for (const since of [0, 700, 1400]) {
      const beyond = delays.filter((delay) => delay > since)
      const passed = beyond.filter((delay) => delay <= since + median).length / beyond.length
      expect(passed).toBeGreaterThan(0.46)
      expect(passed).toBeLessThan(0.54)
    }
  })

  test.each([
    ['zero bytes', 0x00],
    ['bytes of 255', 0xff],
  ])('is finite and not negative for %s', (_, byte) => {
    const delay = exponentialDelay(1000, (length) => new Uint8Array(length).fill(byte))
    expect(delay).toBeGreaterThanOrEqual(0)
    expect(delay).toBeLessThan(40_000)
  })
})
