import { randomBytes } from 'node:crypto'
import { createPoster, type Poster } from '../http.ts'
import { makeWallets } from '../wallets.ts'
import { createLanePublisher } from './lane-publisher.ts'
import { count, createMeasured, type Measured } from './measure.ts'
import { createWalletPublisher, type Publisher } from './publisher.ts'
import { openReader } from './reader.ts'

/** The honest: some wallets and some lanes that publish, two who read all of it as it comes, and one who asks for pages. */
export type HonestLoad = {
  /** From now on what is measured belongs to a new phase; answers what was measured before. */
  take(): Measured
  /** All that was acknowledged: the message of each envelope, by topic and time. */
  readonly acknowledged: ReadonlyMap<string, string>
  readonly topics: readonly string[]
  /** Resolves when all that was sent is answered. */
  stop(): Promise<void>
}

const publishers = { wallets: 6, lanes: 6 }
const intervalMs = 400
const messageBytes = 300
/** Each has an address of its own. */
const addresses = {
  /** And each wallet: together they publish more than one address may. */
  wallet: (i: number) => `127.0.1.${16 + i}`,
  lanes: '127.0.1.2',
  v2Reader: '127.0.1.3',
  ownReader: '127.0.1.4',
  pages: '127.0.1.5',
}

export const keyOf = (topic: string, timestampNs: string | bigint): string => `${topic} ${timestampNs}`

export async function startHonestLoad({ port, minutes }: { port: number; minutes: number }): Promise<HonestLoad> {
  const load = createLoad()
  const posterOf = (from: string): Poster => createPoster({ port, from })
  const walletsOfEach = Math.ceil((minutes * 60_000) / intervalMs / 256) + 4 // a busy machine takes longer
  const all: Publisher[] = []
  for (let i = 0; i < publishers.wallets; i++) {
    all.push(createWalletPublisher(posterOf(addresses.wallet(i)), await makeWallets(walletsOfEach)))
  }
  for (let i = 0; i < publishers.lanes; i++) all.push(createLanePublisher(posterOf(addresses.lanes)))
  const topics = all.map(({ topic }) => topic)
  const onSeen = load.seen
  const onEnd = () => load.failed('stream ended')
  const stops = await Promise.all([
    openReader({ port, from: addresses.v2Reader }, { path: '/message/v1/subscribe', topics, onSeen, onEnd }),
    openReader({ port, from: addresses.ownReader }, { path: '/v1/subscribe', topics, onSeen, onEnd }),
  ])
  const running = [
    ...all.map((publisher, i) => load.publish(publisher, i / all.length)),
    load.query(posterOf(addresses.pages), topics),
  ]
  return {
    take: load.take,
    acknowledged: load.acknowledged,
    topics,
    async stop() {
      load.end()
      await Promise.all(running)
      for (const stop of stops) stop()
    },
  }
}

function createLoad() {
  const acknowledged = new Map<string, string>()
  const sentAt = new Map<string, number>()
  let measured = createMeasured()
  let isOver = false
  const failed = (code: string): void => count(measured.failed, code)

  /** Does something again and again at a steady rate, whatever it takes; what is late counts from when it was due. */
  async function repeat(phase: number, task: (due: number) => Promise<void>): Promise<void> {
    const start = performance.now() + phase * intervalMs
    for (let i = 0; !isOver; i++) {
      const due = start + i * intervalMs
      const early = due - performance.now()
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
      await task(early > 0 ? performance.now() : due).catch(({ message }) => failed(message))
    }
  }

  return {
    acknowledged,
    failed,
    publish: (publisher: Publisher, phase: number) =>
      repeat(phase, async (due) => {
        const begun = performance.now()
        await publisher.prepare()
        const started = due + performance.now() - begun
        const envelope = {
          contentTopic: publisher.topic,
          timestampNs: BigInt(Date.now()) * 1_000_000n + BigInt(sentAt.size % 1_000_000),
          message: new Uint8Array(randomBytes(messageBytes)),
        }
        const key = keyOf(envelope.contentTopic, envelope.timestampNs)
        sentAt.set(key, started)
        const { status, code } = await publisher.publish(envelope)
        if (status !== 200) return failed(code)
        measured.acknowledged.push(performance.now() - started)
        acknowledged.set(key, Buffer.from(envelope.message).toString('base64'))
      }),
    query: (post: Poster, topics: readonly string[]) =>
      repeat(0, async () => {
        const body = JSON.stringify({ contentTopics: topics, pagingInfo: { limit: 20 } })
        const { status, code } = await post({ path: '/message/v1/query', body })
        if (status !== 200) failed(code)
      }),
    seen({ contentTopic, timestampNs }: { contentTopic: string; timestampNs: string }): void {
      const started = sentAt.get(keyOf(contentTopic, timestampNs))
      if (started !== undefined) measured.arrived.push(performance.now() - started)
    },
    take(): Measured {
      const before = measured
      measured = createMeasured()
      return before
    },
    end(): void {
      isOver = true
    },
  }
}
