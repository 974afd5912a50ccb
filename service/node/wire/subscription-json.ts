import { BodyMalformedError, recordOf, uint64Of } from '../../plugins/json.ts'
import { topicsFromJson } from './message-api-json.ts'

/** What our stream listens to. JSON only: the stream carries what V2's protobuf has no field for. */
export function subscriptionFromJson(value: unknown): { topics: string[]; after: bigint | undefined } {
  const { after } = recordOf(value)
  const isOpen = after === undefined || after === null
  return { topics: topicsFromJson(value), after: isOpen ? undefined : sequenceOf(after) }
}

/** Sequences are what the store counts with: 63 bits. */
function sequenceOf(json: unknown): bigint {
  const sequence = uint64Of(json)
  if (sequence >> 63n !== 0n) throw new BodyMalformedError('Expected a sequence of at most 63 bits.')
  return sequence
}
