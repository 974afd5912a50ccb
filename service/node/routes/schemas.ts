/** What the OpenAPI document says of each path. The wire modules check bodies; nothing here is executed. */
const text = { type: 'string' } as const
const uint64 = { type: 'string', pattern: '^[0-9]+$', description: 'uint64, decimal' } as const
const bytes = { type: 'string', contentEncoding: 'base64' } as const
const list = (items: object) => ({ type: 'array', items }) as const
const object = (properties: object) => ({ type: 'object', properties }) as const

const envelope = object({ contentTopic: text, timestampNs: uint64, message: bytes })
const forOwner = (description: string) => ({
  ...bytes,
  description: `${description}; with the token of whom it is for`,
})
const handed = {
  tag: forOwner("The sender's pseudonym"),
  paid: forOwner('What was paid for it: an encoded PaidEnvelope'),
}
const received = object({ ...envelope.properties, ...handed })
const cursor = object({ index: object({ digest: bytes, senderTimeNs: uint64 }) })
const pagingInfo = object({ limit: { type: 'integer' }, cursor, direction: text })
const query = object({ contentTopics: list(text), startTimeNs: uint64, endTimeNs: uint64, pagingInfo })
const page = object({ envelopes: list(received), pagingInfo })
const status = object({ code: { type: 'integer' }, message: text, details: list({}) })
const problem = object({
  type: text,
  title: text,
  status: { type: 'integer' },
  code: text,
  detail: text,
  missing: list(object({ index: { type: 'integer' }, condition: text, explanation: text, price: text })),
  decimals: { type: 'integer' },
  home: text,
})

const v2 = (summary: string, body: object, answer: object) => ({
  tags: ['XMTP V2'],
  summary,
  body,
  response: { 200: answer, '4xx': status },
})

export const v2Schemas = {
  publish: v2('Store envelopes, all or none', object({ envelopes: list(envelope) }), object({})),
  query: v2('One page of the merged order of topics', query, page),
  batchQuery: v2('Up to 50 queries', object({ requests: list(query) }), object({ responses: list(page) })),
  subscribe: v2('A stream of new envelopes', object({ contentTopics: list(text) }), object({ result: received })),
  subscribeAll: v2('A stream of all new envelopes', object({}), object({ result: envelope })),
}

const own = (summary: string, body: object, answers: object) => ({
  tags: ['Pennypost'],
  summary,
  body,
  response: { ...answers, '4xx': problem },
})

const receipt = object({ digest: bytes, sequence: uint64, signature: bytes })
const grant = object({ grant: bytes, node: bytes, signature: bytes })
const laneEnvelope = object({ envelope, use: bytes, counter: { type: 'integer' }, signature: bytes })
const laneRequest = object({
  topic: text,
  holder: bytes,
  units: { type: 'integer' },
  expiresAt: uint64,
  policyVersion: uint64,
  evidence: list(
    object({
      condition: { type: 'integer' },
      ticket: object({}),
      payment: object({}),
      connection: object({}),
      work: object({}),
    }),
  ),
  renewal: object({ use: bytes, signature: bytes }),
})
const streamed = object({ ...received.properties, sequence: uint64 })

export const ownSchemas = {
  lanes: own('Open a lane with evidence', laneRequest, { 201: grant, 200: grant }),
  publish: own('Publish under lanes, all or none', object({ envelopes: list(laneEnvelope) }), {
    200: object({ receipts: list(receipt) }),
  }),
  close: own('Close a conversation', object({ topic: text, use: bytes, signature: bytes }), { 200: object({}) }),
  nullifiers: own(
    'Which nullifiers this node has taken while it was their home, for the node that is now',
    object({ nullifiers: list(bytes) }),
    { 200: object({ sequence: uint64, used: list({ type: 'boolean' }), signature: bytes }) },
  ),
  subscribe: own('A stream that starts after a sequence number', object({ contentTopics: list(text), after: uint64 }), {
    200: object({ result: streamed }),
  }),
}

const about = (summary: string) => ({ tags: ['The node'], summary })

export const aboutSchemas = {
  info: about('Key, network, rules and limits'),
  health: about('Whether the node works, and whether its provers answer'),
  ready: about('Whether the node can do its work now: a store that writes, a checkpoint that counts'),
  metrics: about('Counters for Prometheus'),
  checkpoints: {
    ...about('Signed checkpoints that the node follows, after a number, oldest first'),
    querystring: object({ after: uint64 }),
    response: { 200: object({ checkpoints: list(bytes) }) },
  },
}
