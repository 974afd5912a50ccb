import { randomBytes } from 'node:crypto'
import { createPoster } from '../http.ts'
import { type Attacker, pause } from './attack.ts'

/** Topics of conversations that are the attacker's own. */
export const newTopics = (count: number): string[] =>
  Array.from({ length: count }, () => `/xmtp/0/m-${randomBytes(16).toString('hex')}/proto`)

/** Publishes to topics in turn, a message of 200 KB at a time, as much as the wallets may or that often. */
export async function fill(
  attacker: Attacker,
  topics: readonly string[],
  times = Number.POSITIVE_INFINITY,
): Promise<void> {
  const { wallets, tell, signal } = attacker
  const post = createPoster(attacker)
  for (let i = 0; i < times && !signal.aborted; i++) {
    const message = randomBytes(200_000).toString('base64')
    const envelope = { contentTopic: topics[i % topics.length], timestampNs: `${Date.now()}${i % 1000}000`, message }
    const token = wallets[i % wallets.length]?.token
    const answer = await post({ path: '/message/v1/publish', body: JSON.stringify({ envelopes: [envelope] }), token })
    tell(answer.code)
    await pause(50, signal)
  }
}
