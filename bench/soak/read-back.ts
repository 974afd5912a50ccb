import { keyOf } from './honest/load.ts'
import type { Seen } from './honest/reader.ts'

/** How many of the envelopes that were acknowledged the node does not give back as they were sent. */
export async function countLost(
  url: string,
  acknowledged: ReadonlyMap<string, string>,
  topics: readonly string[],
): Promise<number> {
  const stored = new Map<string, string>()
  for (const topic of topics) {
    for await (const { timestampNs, message } of everyEnvelope(url, topic))
      stored.set(keyOf(topic, timestampNs), message)
  }
  return [...acknowledged].filter(([key, message]) => stored.get(key) !== message).length
}

async function* everyEnvelope(url: string, topic: string): AsyncGenerator<Seen> {
  for (let cursor: unknown; cursor !== null; ) {
    const body = JSON.stringify({ contentTopics: [topic], pagingInfo: { cursor, direction: 1, limit: 100 } })
    const answer = await fetch(`${url}/message/v1/query`, { method: 'POST', body })
    const page = (await answer.json()) as { envelopes: Seen[]; pagingInfo: { cursor: unknown } }
    yield* page.envelopes
    cursor = page.pagingInfo.cursor
  }
}
