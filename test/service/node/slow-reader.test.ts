import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fc, test as prop } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { createBus, type LiveEnvelope } from '../../../service/node/bus.ts'
import type { NodeDeps } from '../../../service/node/deps.ts'
import { type StreamSink, subscribe } from '../../../service/node/subscribe.ts'

const topic = '/xmtp/0/m-slow/proto'
const row = (sequence: number | undefined, size: number): LiveEnvelope => ({
  contentTopic: topic,
  timestampNs: 1n,
  message: new Uint8Array(size),
  ...(sequence !== undefined && { sequence: BigInt(sequence) }),
})

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** A stream over a store, whose reader takes what it is sent when the test says so; until then it has room for so much. */
function start({ size = 10, room = Infinity, isResumed = true } = {}) {
  let stored = 1
  let wake = () => {}
  let waiting = 0
  let isOver = false
  const after = isResumed ? 0n : undefined
  const bus = createBus()
  const sent: (bigint | undefined)[] = []
  const states: ('live' | 'behind')[] = []
  const reads: number[] = []
  const duringNextEmptyRead: (() => void)[] = []
  const readAfter = async ({ sequence, limit }: { sequence: bigint; limit: number }) => {
    const find = () =>
      Array.from({ length: Math.max(0, Math.min(limit, stored - Number(sequence))) }, (_, i) =>
        row(Number(sequence) + 1 + i, size),
      )
    const early = find()
    await nextTurn()
    if (early.length === 0) duringNextEmptyRead.shift()?.()
    const found = sequence % 2n === 0n ? early : find() // what comes meanwhile is found, or it is not
    reads.push(found.length)
    return found
  }
  const sink: StreamSink = {
    send({ sequence }) {
      if (waiting >= room) return false
      waiting++
      sent.push(sequence)
      return true
    },
    live: () => void states.push('live'),
    behind: () => void states.push('behind'),
    async drained() {
      while (waiting > 0 && !isOver) await new Promise<void>((resolve) => (wake = resolve))
      return !isOver
    },
    cut: () => expect.fail('It was cut off.'),
    fail: (error) => expect.fail(String(error)),
  }
  const store = { after: readAfter, position: () => BigInt(stored) }
  const unsubscribe = subscribe({ store, bus } as unknown as NodeDeps, { topics: [topic], after }, sink)
  const take = () => {
    waiting = 0
    wake()
  }
  return {
    sent,
    reads,
    take,
    duringNextEmptyRead,
    publish: () => bus.publish([row(++stored, size)]),
    passBy: () => bus.publish([row(undefined, size)]),
    /** The reader takes all that it is sent, until the stream is live. */
    async read() {
      for (let quiet = 0; quiet < 4; quiet = states.at(-1) === 'live' ? quiet + 1 : 0) {
        take()
        await nextTurn()
      }
    },
    isSending: () => expect.poll(() => sent.length).toBeGreaterThan(0),
    stop() {
      unsubscribe()
      isOver = true
      wake()
    },
  }
}

const upTo = (count: number, from = 1) => Array.from({ length: count + 1 - from }, (_, i) => BigInt(i + from))

describe('a stream whose reader takes nothing', () => {
  test('makes the node hold next to nothing of what is published meanwhile', async () => {
    setFlagsFromString('--expose-gc')
    const collect: () => void = runInNewContext('gc')
    const held = () => {
      collect()
      return process.memoryUsage().arrayBuffers
    }
    const { publish, passBy, isSending, stop } = start({ size: 100_000 })
    await isSending()
    const before = held()
    for (let i = 0; i < 500; i++) publish()
    for (let i = 0; i < 500; i++) passBy()
    // Of 100,000,000. What is free is swept in the background; what is held stays, however often one looks.
    await expect.poll(() => held() - before, { timeout: 90_000 }).toBeLessThan(4_000_000)
    stop()
  })

  test('is sent one page of a store that has many, and nothing more', async () => {
    const { sent, reads, publish, isSending, stop } = start()
    for (let i = 1; i < 30_000; i++) publish()
    await isSending()
    for (let i = 0; i < 20; i++) await nextTurn()
    expect([reads, sent.length]).toEqual([[250], 250])
    stop()
  })

  test.each([3, 700, 30_000])('and then all gets each of %i once, in their order, and what is new', async (count) => {
    const { sent, publish, isSending, read, stop } = start({ size: 1_000 })
    await isSending()
    for (let i = 1; i < count; i++) publish()
    await read()
    expect(sent).toEqual(upTo(count))
    publish()
    expect(sent.at(-1)).toBe(BigInt(count + 1))
    stop()
  })
})

describe('a stream whose reader stalls again and again', () => {
  const act = fc.constantFrom('publish', 'publish', 'publish', 'burst', 'meanwhile', 'pass by', 'take', 'turn')
  const acts = fc.array(act, { maxLength: 200 })

  prop.prop([acts, fc.integer({ min: 1, max: 7 }), fc.constantFrom(10, 30_000), fc.boolean()], { numRuns: 200 })(
    'loses nothing, repeats nothing and keeps the order, live or resumed',
    async (list, room, size, isResumed) => {
      const stream = start({ room, size, isResumed })
      let count = 1
      const publish = (times: number) => {
        for (let i = 0; i < times; i++, count++) stream.publish()
      }
      const does: Record<string, () => unknown> = {
        publish: () => publish(1),
        burst: () => publish(9),
        meanwhile: () => stream.duringNextEmptyRead.push(() => publish(9)),
        'pass by': stream.passBy,
        take: stream.take,
        turn: nextTurn,
      }
      for (const one of list) await does[one]?.()
      await stream.read()
      publish(1)
      await stream.read()
      expect(stream.sent.filter((sequence) => sequence !== undefined)).toEqual(upTo(count, isResumed ? 1 : 2))
      stream.stop()
    },
  )
})
