import { beforeEach, describe, expect, test } from 'vitest'
import { createBus } from '../../../service/node/bus.ts'
import type { NodeDeps } from '../../../service/node/deps.ts'
import { refuse } from '../../../service/node/refusal.ts'
import { createNodeState, need } from '../../../service/node/state/node-state.ts'
import type { Change, NodeStore, TopicState } from '../../../service/node/store/index.ts'
import { transact } from '../../../service/node/transact.ts'

const topic = '/xmtp/0/m-a/proto'
const fresh: TopicState = { owner: '', claimed: false, closed: false, open: false, used: false }
const envelopeOf = (byte: number) => ({
  contentTopic: topic,
  timestampNs: 1n,
  message: Uint8Array.of(byte),
  digest: new Uint8Array(32).fill(byte),
})

/** A node with one topic, and a store whose writes end when the test says so. */
function makeParts() {
  const written: Change[] = []
  const heard: number[] = []
  const ends: { resolve(sequences: readonly bigint[]): void; reject(error: Error): void }[] = []
  const store = {
    topic: async () => fresh,
    write: (change: Change) =>
      new Promise<readonly bigint[]>((resolve, reject) => {
        written.push(change)
        ends.push({ resolve, reject })
      }),
  } as Partial<NodeStore> as NodeStore
  const bus = createBus()
  bus.subscribe('all', ({ message }) => void heard.push(message[0] ?? 0))
  const state = createNodeState(store)
  return { deps: { store, state, bus } as NodeDeps, written, heard, ends }
}

describe('a transaction of the node', () => {
  let parts: ReturnType<typeof makeParts>
  beforeEach(() => {
    parts = makeParts()
  })

  const claim = (more: object = {}) => {
    const { deps } = parts
    return transact(deps, {
      keys: [need(deps.state.topics, topic)],
      decide(draft) {
        const state = draft.require(deps.state.topics, topic)
        if (state.claimed) return refuse('topic.claimed', 'Claimed.')
        draft.set(deps.state.topics, topic, { ...state, claimed: true })
        return more
      },
    })
  }

  test('that is refused leaves no trace, whatever it has set before', async () => {
    const { deps, written, heard } = parts
    const refusal = await transact(deps, {
      keys: [need(deps.state.topics, topic)],
      decide(draft) {
        draft.set(deps.state.topics, topic, { ...fresh, closed: true })
        return refuse('topic.closed', 'Closed.')
      },
    })
    expect(refusal).toMatchObject({ ok: false, code: 'topic.closed' })
    expect([written, heard, deps.state.topics.get(topic)]).toEqual([[], [], fresh])
  })

  test('is seen by the next decision before it is written, so that of a hundred one claims the topic', async () => {
    const all = Array.from({ length: 100 }, () => claim())
    await expect.poll(() => parts.ends.length).toBe(1)
    parts.ends[0]?.resolve([])
    const results = await Promise.all(all)
    expect(results.filter(({ ok }) => ok)).toHaveLength(1)
    expect(parts.written).toMatchObject([{ topics: [{ topic, claimed: true }] }])
  })

  test('that cannot be written is taken back, and may be tried again', async () => {
    const failed = claim()
    await expect.poll(() => parts.ends.length).toBe(1)
    parts.ends[0]?.reject(new Error('the disk is full'))
    await expect(failed).rejects.toThrow('the disk is full')
    const again = claim()
    await expect.poll(() => parts.ends.length).toBe(2)
    parts.ends[1]?.resolve([])
    expect(await again).toMatchObject({ ok: true })
  })

  test('tells each envelope its sequence, and streams what is ephemeral only after the rest is written', async () => {
    const envelopes = [1, 2, 3].map((byte) => ({ envelope: envelopeOf(byte), isEphemeral: byte === 2 }))
    const done = claim({ envelopes })
    await expect.poll(() => parts.ends.length).toBe(1)
    expect(parts.heard).toEqual([])
    expect(parts.written[0]?.envelopes).toEqual([envelopeOf(1), envelopeOf(3)])
    parts.ends[0]?.resolve([7n, 8n])
    expect(await done).toMatchObject({ sequences: [7n, 0n, 8n] })
    expect(parts.heard).toEqual([2])
  })
})
