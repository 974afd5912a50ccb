import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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

/** A stream from the start of a store, whose reader takes what it is sent when the test says so. */
function start({ size = 10 } = {}) {
  let stored = 1
  let take = () => {}
  const bus = createBus()
  const sent: (bigint | undefined)[] = []
  let isLive = false
  const after = async ({ sequence, limit }: { sequence: bigint; limit: number }) =>
    Array.from({ length: Math.min(limit, stored - Number(sequence)) }, (_, i) => row(Number(sequence) + 1 + i, size))
  const sink: StreamSink = {
    send: ({ sequence }) => void sent.push(sequence),
    live: () => {
      isLive = true
    },
    drained: () => new Promise((resolve) => (take = resolve)),
    fail: (error) => expect.fail(String(error)),
  }
  const stop = subscribe({ store: { after }, bus } as unknown as NodeDeps, { topics: [topic], after: 0n }, sink)
  return {
    sent,
    stop,
    publish: () => bus.publish([row(++stored, size)]),
    passBy: () => bus.publish([row(undefined, size)]),
    /** The reader takes all that it is sent, until the stream is live. */
    async read() {
      while (!isLive) {
        take()
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    isSending: () => expect.poll(() => sent.length).toBeGreaterThan(0),
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => BigInt(i + 1))

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
    await expect.poll(() => held() - before, { timeout: 20_000 }).toBeLessThan(4_000_000)
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
