import { toJson } from '@bufbuild/protobuf'
import {
  decodeLaneRequest,
  type Envelope,
  encodeCloseRequest,
  encodeLaneRequest,
  encodePublishRequest,
  encodeQuery,
  encodeV2Publish,
  envelopeToJson,
  maxMessageLength,
  messageTopic,
  type PageQuery,
} from '../../sdk/codec/index.ts'
import { encodeProto } from '../../sdk/codec/protobuf.ts'
import { toBase64 } from '../../sdk/crypto/index.ts'
import { LaneRequestSchema } from '../../sdk/generated/proto/pennypost/v1/lane_pb.ts'
import {
  BatchQueryRequestSchema,
  SubscribeRequestSchema,
} from '../../sdk/generated/proto/xmtp/message_api/v1/message_api_pb.ts'
import { LANE_LIMITS } from '../../sdk/verifier/index.ts'

// The largest body that a path may honestly get: everything at its own bound at once.

type Bodies = { readonly binary?: Uint8Array; readonly json: Uint8Array }

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const filled = (length: number) => new Uint8Array(length).fill(0xff)
const topicOf = (i: number): string => {
  const start = messageTopic(`${i}-`)
  return messageTopic(`${i}-`.padEnd(300 - start.length + `${i}-`.length, 'x'))
}
const topics = Array.from({ length: 10_000 }, (_, i) => topicOf(i))
const end = 2n ** 63n - 1n
const queryOf = (contentTopics: string[]): PageQuery => ({
  contentTopics,
  startTimeNs: end,
  endTimeNs: end,
  limit: 100,
  direction: 'descending',
  cursor: { digest: filled(64), senderTimeNs: end },
})
const queryJson = (contentTopics: string[]) => ({
  contentTopics,
  startTimeNs: `${end}`,
  endTimeNs: `${end}`,
  pagingInfo: {
    limit: 100,
    direction: 'SORT_DIRECTION_DESCENDING',
    cursor: { index: { digest: toBase64(filled(64)), senderTimeNs: `${end}` } },
  },
})
const envelopes = (count: number): Envelope[] =>
  Array.from({ length: count }, (_, i) => ({
    contentTopic: topicOf(i),
    timestampNs: 2n ** 62n + BigInt(i),
    message: filled(i < 10 ? maxMessageLength : 100),
  }))
const laneEnvelope = (envelope: Envelope) => ({ envelope, use: filled(32), counter: 0xffffffff, signature: filled(64) })

/** A payment to one of four billion recipients, which is the largest evidence. */
const payment = () => ({
  condition: 0xffffffff,
  also: Array(LANE_LIMITS.alsoMet).fill(0xffffffff),
  kind: {
    case: 'payment' as const,
    value: {
      place: {
        terms: {
          sender: filled(20),
          count: 0xffffffff,
          deliverBy: 2n ** 40n - 1n,
          root: filled(32),
          base: filled(12),
          bond: filled(12),
          tip: filled(12),
        },
        index: 0xffffffff,
        salt: filled(32),
        siblings: Array(32).fill(filled(32)),
      },
      treeRoot: filled(32),
      leafIndex: 0xffffffff,
      path: Array(20).fill(filled(32)),
    },
  },
})

function lane(): Bodies {
  const binary = encodeLaneRequest({
    topic: topicOf(0),
    holder: filled(32),
    units: 4096,
    expiresAt: end,
    policyVersion: end,
    evidence: Array.from({ length: LANE_LIMITS.evidence }, payment),
    renewal: { use: filled(32), signature: filled(64) },
  })
  return { binary, json: text(toJson(LaneRequestSchema, decodeLaneRequest(binary))) }
}

function publish(): Bodies {
  const sent = envelopes(1000)
  return { binary: encodeV2Publish(sent), json: text({ envelopes: sent.map(envelopeToJson) }) }
}

function lanePublish(): Bodies {
  const sent = envelopes(100).map(laneEnvelope)
  const json = sent.map(({ envelope, use, counter, signature }) => ({
    envelope: envelopeToJson(envelope),
    use: toBase64(use),
    counter,
    signature: toBase64(signature),
  }))
  return { binary: encodePublishRequest({ envelopes: sent }), json: text({ envelopes: json }) }
}

function batch(): Bodies {
  const parts = Array.from({ length: 50 }, (_, i) => topics.slice(200 * i, 200 * (i + 1)))
  const requests = parts.map((part) => {
    const { limit, cursor, ...query } = queryOf(part)
    const index = { case: 'index' as const, value: cursor ?? {} }
    return { ...query, pagingInfo: { limit, direction: 2, cursor: { cursor: index } } }
  })
  return {
    binary: encodeProto(BatchQueryRequestSchema, { requests: requests as never }),
    json: text({ requests: parts.map(queryJson) }),
  }
}

const close = { topic: topicOf(0), use: filled(32), signature: filled(64) }

const bodies: Readonly<Record<string, () => Bodies>> = {
  '/message/v1/publish': publish,
  '/message/v1/query': () => ({ binary: encodeQuery(queryOf(topics)), json: text(queryJson(topics)) }),
  '/message/v1/batch-query': batch,
  '/message/v1/subscribe': () => ({
    binary: encodeProto(SubscribeRequestSchema, { contentTopics: topics }),
    json: text({ contentTopics: topics }),
  }),
  '/v1/lanes': lane,
  '/v1/publish': lanePublish,
  '/v1/topics/close': () => ({
    binary: encodeCloseRequest(close),
    json: text({ ...close, use: toBase64(close.use), signature: toBase64(close.signature) }),
  }),
  '/v1/subscribe': () => ({ json: text({ contentTopics: topics, after: `${end}` }) }),
}

/** The largest honest body of a path. */
export const largestBodies = (path: string): Bodies => bodies[path]?.() ?? { json: text({}) }
