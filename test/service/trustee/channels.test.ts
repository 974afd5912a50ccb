import { expect, test } from 'vitest'
import { createBook, type Entry } from '../../../service/trustee/book.ts'
import { Channels } from '../../../service/trustee/channels.ts'
import type { Context } from '../../../service/trustee/context.ts'
import { createMetrics } from '../../../service/trustee/metrics.ts'

type Arrived = { readonly contentTopic: string; readonly message: Uint8Array; readonly sequence?: bigint }

const entryOf = (number: number): Entry => {
  const topic = `channel ${number}`
  return { number, id: '', recipient: '', topic, key: new Uint8Array(32), isAcknowledged: true }
}

/** Channels over a node that says what a test says. */
async function listenTo(entries: readonly Entry[], serve: (entry: Entry) => Promise<void>) {
  const kept: bigint[] = []
  const closing = new AbortController()
  const book = createBook()
  for (const entry of entries) book.add(entry)
  let say: (envelope: Arrived) => Promise<void> = async () => {}
  const edges = {
    book,
    metrics: createMetrics(),
    signal: closing.signal,
    log: { warn() {} },
    account: {
      nodeKey: new Uint8Array(32),
      channels({ receive }: { readonly receive: typeof say }) {
        say = receive
        return { add: async () => {}, close() {} }
      },
    },
    store: {
      position: async () => 0n,
      keepPosition: async (place: { sequence: bigint }) => void kept.push(place.sequence),
    },
  }
  const channels = new Channels(edges as unknown as Context, serve)
  await channels.listen(entries)
  return {
    channels,
    kept,
    closing,
    say: (entry: Entry, sequence: bigint) => say({ contentTopic: entry.topic, message: new Uint8Array(), sequence }),
  }
}

test('what is still worked on when a trustee closes is read again by the next', async () => {
  const [slow, quick] = [entryOf(1), entryOf(2)]
  const { promise, resolve } = Promise.withResolvers<void>()
  const { channels, kept, closing, say } = await listenTo([slow, quick], async (entry) => {
    if (entry === slow) await promise
  })
  await say(slow, 5n)
  await say(slow, 6n)
  await say(quick, 7n)
  closing.abort(new Error('It closes.'))
  const closed = channels.close()
  resolve()
  await closed
  expect(kept).toEqual([5n])
})

test('how far all was read is kept once nothing is worked on', async () => {
  const [one, other] = [entryOf(1), entryOf(2)]
  const { kept, say } = await listenTo([one, other], async () => {})
  for (const [entry, sequence] of [
    [one, 5n],
    [other, 7n],
  ] as const)
    await say(entry, sequence)
  await expect.poll(() => kept.at(-1)).toBe(7n)
})
