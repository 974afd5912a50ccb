import {
  answer,
  bytes,
  exampled,
  input,
  integer,
  list,
  media,
  oneOf,
  orNull,
  text,
  uint64,
} from '../../plugins/schema.ts'
import { v2Examples } from './examples.ts'

// What the OpenAPI document says of the paths of XMTP V2. The wire modules check bodies; nothing here is executed.

const topic = text('Such as `/xmtp/0/m-…/proto`.')
const fields = { contentTopic: topic, timestampNs: uint64('Nanoseconds.'), message: bytes() }
const handed = {
  tag: bytes("The sender's pseudonym; with the token of whom it is for."),
  evidence: bytes('What was shown for it, an encoded EnvelopeEvidence; with the token of whom it is for.'),
}

/** An envelope as a caller sends it. */
export const envelope = input(fields)
/** An envelope as streams of our own clients have it; what keeps a stream alive has none of it, or the sequence alone. */
export const streamed = answer({}, { ...fields, sequence: uint64("The node's own order."), ...handed })

const digest = bytes('Of the envelope, sha256.')
const directions = ['SORT_DIRECTION_UNSPECIFIED', 'SORT_DIRECTION_ASCENDING', 'SORT_DIRECTION_DESCENDING']
const direction = oneOf(directions, 'By the time of the sender.')
const index = { digest, senderTimeNs: uint64('Nanoseconds.') }
const query = input({
  contentTopics: list(topic),
  startTimeNs: uint64('Not earlier than this.'),
  endTimeNs: uint64('Not later than this.'),
  pagingInfo: input({
    limit: integer('How many at most, up to 100.'),
    cursor: orNull(input({ index: orNull(input(index)) })),
    direction,
  }),
})
const page = answer({
  envelopes: list(answer(fields, handed)),
  pagingInfo: answer({ limit: integer(), cursor: orNull(answer({ index: answer(index) })), direction }),
})
const info = answer({
  '@type': oneOf(['type.googleapis.com/google.rpc.ErrorInfo']),
  reason: text('The stable code.'),
  domain: oneOf(['pennypost']),
})
const status = answer({
  code: integer('As gRPC numbers them.'),
  message: text('A stable code, and what happened; or words that stock clients know.'),
  details: list(info, 'One.'),
})

type Example = { readonly body: unknown; readonly answer: unknown }

/** In the JSON of gRPC, which stock clients read. */
const refusals = {
  '4xx': media('Refused', 'application/json', status, v2Examples.refused),
  '5xx': media('Failed', 'application/json', status, v2Examples.failed),
}

const v2 = (summary: string, { body, answer }: { body: object; answer: object }, example: Example) => ({
  tags: ['XMTP V2'],
  summary,
  body: exampled({ ...body }, example.body),
  response: { 200: exampled({ ...answer }, example.answer), ...refusals },
})

const topics = input({ contentTopics: list(topic) })
const stream = answer({ result: answer({}, { ...fields, ...handed }) })

export const v2Schemas = {
  publish: {
    ...v2(
      'Store envelopes, all or none',
      { body: input({ envelopes: list(envelope) }), answer: answer({}) },
      v2Examples.publish,
    ),
    security: [{ token: [] }],
  },
  query: v2('One page of the merged order of topics', { body: query, answer: page }, v2Examples.query),
  batchQuery: v2(
    'Up to 50 queries',
    { body: input({ requests: list(query) }), answer: answer({ responses: list(page) }) },
    v2Examples.batchQuery,
  ),
  subscribe: v2('A stream of new envelopes, one a line', { body: topics, answer: stream }, v2Examples.subscribe),
  subscribeAll: v2(
    'A stream of all new envelopes, one a line',
    { body: input({}), answer: stream },
    v2Examples.subscribeAll,
  ),
}
