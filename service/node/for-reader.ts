import { parseTopic } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import type { LiveEnvelope } from './bus.ts'

/**
 * An envelope as a reader gets it. Its sender's pseudonym and what was paid for it are for the account that it was sent to,
 * also where anybody reads the topic.
 */
export function forReader<E extends LiveEnvelope>(envelope: E, reader: Address | undefined): E {
  const isPlain = !hasMore(envelope) || (reader !== undefined && isFor(envelope, reader))
  return isPlain ? envelope : { ...envelope, tag: undefined, paid: undefined }
}

/** Whether there is something beside an envelope that not everybody gets. */
export const hasMore = ({ tag, paid }: LiveEnvelope): boolean => tag !== undefined || paid !== undefined

function isFor({ contentTopic }: LiveEnvelope, reader: Address): boolean {
  const topic = parseTopic(contentTopic)
  if (topic.kind === 'dm') return topic.parties.includes(reader)
  return 'owner' in topic && topic.owner === reader
}
