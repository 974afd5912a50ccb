import { isUtf8 } from 'node:buffer'
import {
  closeRequestFromJson,
  decodeBatchQuery,
  decodeCloseRequest,
  decodeLaneRequest,
  decodePublishRequest,
  decodeQuery,
  decodeSubscribe,
  decodeV2Publish,
  laneRequestFromJson,
} from '@pennypost/sdk/codec'
import { BodyMalformedError } from '../../plugins/json.ts'
import { checkJsonParts } from './json-parts.ts'
import { lanePublishFromJson } from './lane-publish-json.ts'
import { batchFromJson, publishFromJson, queryFromJson, topicsFromJson } from './message-api-json.ts'
import { subscriptionFromJson } from './subscription-json.ts'

/** Reads the bytes of a body, if it has no more parts than that. */
type Decode<T> = (bytes: Uint8Array, mostParts: number) => T

/** A body in its two forms. */
type BodyForm<T> = { readonly binary: Decode<T>; readonly json: Decode<T> }

const json =
  <T>(read: (value: unknown) => T): Decode<T> =>
  (bytes, mostParts) =>
    read(parseJson(bytes, mostParts))

const onlyJson = <T>(read: (value: unknown) => T): BodyForm<T> => ({ binary: json(read), json: json(read) })

/** What may be in a body, by name: so that another thread can be told. */
export const bodyForms = {
  v2Publish: { binary: decodeV2Publish, json: json(publishFromJson) },
  query: { binary: decodeQuery, json: json(queryFromJson) },
  batch: { binary: decodeBatchQuery, json: json(batchFromJson) },
  topics: { binary: decodeSubscribe, json: json(topicsFromJson) },
  lane: { binary: decodeLaneRequest, json: json(laneRequestFromJson) },
  lanePublish: {
    binary: (bytes: Uint8Array, mostParts: number) => decodePublishRequest(bytes, mostParts).envelopes,
    json: json(lanePublishFromJson),
  },
  close: { binary: decodeCloseRequest, json: json(closeRequestFromJson) },
  subscription: onlyJson(subscriptionFromJson),
} as const satisfies Readonly<Record<string, BodyForm<unknown>>>

export type BodyName = keyof typeof bodyForms
export type BodyOf<N extends BodyName> = ReturnType<(typeof bodyForms)[N]['json']>

/** A body that came: what it should be, in which form. */
export type EncodedBody<N extends BodyName = BodyName> = {
  readonly name: N
  readonly form: keyof BodyForm<unknown>
  readonly bytes: Uint8Array
  readonly mostParts: number
}

export const decodeBody = <N extends BodyName>({ name, form, bytes, mostParts }: EncodedBody<N>): BodyOf<N> =>
  bodyForms[name][form](bytes, mostParts) as BodyOf<N>

/** The JSON of a body, if it has no more parts than that. */
export function parseJson(body: Uint8Array, mostParts: number): unknown {
  checkJsonParts(body, mostParts)
  if (!isUtf8(body)) throw new BodyMalformedError('Expected JSON in UTF-8.')
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString())
  } catch (cause) {
    throw new BodyMalformedError('Expected JSON.', { cause })
  }
}
