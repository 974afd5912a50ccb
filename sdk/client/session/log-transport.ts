import type { RandomBytes } from '../../crypto/index.ts'
import type { LogSlot, LogTransport } from '../../letters/index.ts'
import type { NodeClient, Page } from '../../transport/index.ts'
import { unitsOf } from '../../verifier/index.ts'
import { type LaneEdges, LaneWriter, makeLane, openLane, publishSigned, randomExpiry } from '../lanes/lane.ts'
import type { Clock } from './clock.ts'
import { RefusedError } from './refused-error.ts'
import { patiently } from './retry.ts'

type Edges = LaneEdges & { readonly node: NodeClient; readonly random: RandomBytes; readonly clock: Clock }

/** Reads and writes the account's own log on a node: without a token, each entry under a lane of its own. */
export function createLogTransport(edges: Edges): LogTransport {
  const { node, random, clock } = edges
  return {
    async read(topics) {
      const requests = topics.map((topic) => ({ contentTopics: [topic] }))
      const pages = await patiently(() => node.batchQuery(requests))
      return Promise.all(pages.map((page, i) => readOn(node, topics[i] ?? '', page)))
    },
    async write({ topic, seed }: LogSlot, message) {
      const lane = makeLane(seed, { topic, units: unitsOf(message), expiresAt: randomExpiry(clock.seconds(), random) })
      const opened = await openLane(edges, lane, {})
      if (!opened.ok) throw new RefusedError(opened)
      const signed = new LaneWriter(edges, lane).sign({ contentTopic: topic, timestampNs: clock.nextNs(), message })
      const published = await publishSigned(edges, signed)
      if (!published.ok) throw new RefusedError(published)
    },
  }
}

/** A page and those after it. A batch has bounds of its own, so that a page of it may end early. */
async function readOn(node: NodeClient, topic: string, { envelopes, cursor }: Page): Promise<Uint8Array[]> {
  const messages = envelopes.map(({ message }) => message)
  if (!cursor) return messages
  for await (const page of node.query({ contentTopics: [topic], cursor })) {
    messages.push(...page.envelopes.map(({ message }) => message))
  }
  return messages
}
