/** The largest body that a path takes: what it may weigh, and into how many parts it may fall. */
export type BodyBound = { readonly bytes: number; readonly parts: number }

/** Topics of the greatest length, as many as one may ask for, and some. */
const topics: BodyBound = { bytes: 4_000_000, parts: 16_000 }
/** Ten envelopes of the greatest length in base64, and some. */
const envelopeBytes = 14_500_000
const small: BodyBound = { bytes: 4_000, parts: 100 }

/**
 * What the largest honest body of each path has, and some. Parts are counted before anything is decoded: fields of protobuf
 * at any depth, names and values of JSON.
 */
export const bodyLimits = {
  '/message/v1/publish': { bytes: envelopeBytes, parts: 16_000 },
  '/message/v1/query': topics,
  '/message/v1/batch-query': topics,
  '/message/v1/subscribe': topics,
  '/message/v1/subscribe-all': small,
  '/v1/lanes': { bytes: 400_000, parts: 10_000 },
  '/v1/publish': { bytes: envelopeBytes, parts: 3_000 },
  '/v1/nullifiers': small,
  '/v1/topics/close': small,
  '/v1/subscribe': topics,
} as const satisfies Record<string, BodyBound>

const byPath: ReadonlyMap<string, BodyBound> = new Map(Object.entries(bodyLimits))

/** What a path takes; paths without a body take next to nothing. */
export const boundOf = (path = ''): BodyBound => byPath.get(path) ?? small
