import { parseTopic } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import type { LiveEnvelope } from './bus.ts'

/**
 * An envelope as a reader gets it. Its sender's pseudonym and what it has shown are for the account that it was sent to,
 * also where anybody reads the topic.
 */
export function forReader<E extends LiveEnvelope>(envelope: E, reader: Address | undefined): E {
  const isWhole = !hasMore(envelope) || (reader !== undefined && isFor(envelope, reader))
  return isWhole ? envelope : plainOf(envelope)
}

/** The same each time, so that it is written in one form for all. */
function plainOf<E extends LiveEnvelope>(envelope: E): E {
  const plain = (plains.get(envelope) as E | undefined) ?? { ...envelope, tag: undefined, evidence: undefined }
  plains.set(envelope, plain)
  return plain
}

const plains = new WeakMap<LiveEnvelope, LiveEnvelope>()

/** Whether there is something beside an envelope that not everybody gets. */
export const hasMore = ({ tag, evidence }: LiveEnvelope): boolean => tag !== undefined || evidence !== undefined

function isFor({ contentTopic }: LiveEnvelope, reader: Address): boolean {
  const topic = parseTopic(contentTopic)
  if (topic.kind === 'dm') return topic.parties.includes(reader)
  return 'owner' in topic && topic.owner === reader
}
