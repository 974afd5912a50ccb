import {
  decodePublishResponse,
  decodeSignedGrant,
  encodeCloseRequest,
  encodeLaneRequest,
  encodePublishRequest,
  type Receipt,
  type SignedGrant,
} from '../codec/index.ts'
import { isRecord, problemFromJson } from './errors.ts'
import { priceFromJson } from './price.ts'
import { type Connection, errorFrom, post, readBytes, readText, safeJson } from './request.ts'

/** What a lane is asked with. */
export type LaneRequestInit = Parameters<typeof encodeLaneRequest>[0]

/** What is published under a lane. */
export type LanePublishInit = Parameters<typeof encodePublishRequest>[0]

/** What ends a conversation's topic. */
export type CloseTopicInit = Parameters<typeof encodeCloseRequest>[0]

/** A condition that would help, in the policy language and in words, and what it costs in the token's smallest unit. */
export type MissingCondition = { condition: string; explanation?: string; price?: bigint }

/** A node's refusal of a lane or of what is published under it: problem+json (RFC 9457) with a code to branch on. */
export type LaneRefusal = {
  ok: false
  status: number
  code: string
  /** What happened and what would help, for a person. */
  message: string
  missing: readonly MissingCondition[]
  /** URL of the node that can open the lane instead. */
  home?: string
}

const contentType = 'application/x-protobuf'

/** Opens a lane: the node's grant, or why not. */
export async function openLane(
  connection: Connection,
  request: LaneRequestInit,
  signal?: AbortSignal,
): Promise<{ ok: true; grant: SignedGrant } | LaneRefusal> {
  const answer = await postProtobuf(connection, '/v1/lanes', { body: encodeLaneRequest(request), signal })
  return answer instanceof Uint8Array ? { ok: true, grant: decodeSignedGrant(answer) } : answer
}

/** Publishes under a lane, without any token: the node's receipts, or why not. */
export async function publishLane(
  connection: Connection,
  request: LanePublishInit,
  signal?: AbortSignal,
): Promise<{ ok: true; receipts: readonly Receipt[] } | LaneRefusal> {
  const answer = await postProtobuf(connection, '/v1/publish', { body: encodePublishRequest(request), signal })
  return answer instanceof Uint8Array ? { ok: true, receipts: decodePublishResponse(answer).receipts } : answer
}

/** Closes a conversation's topic for good, or says why not. */
export async function closeTopic(
  connection: Connection,
  request: CloseTopicInit,
  signal?: AbortSignal,
): Promise<{ ok: true } | LaneRefusal> {
  const answer = await postProtobuf(connection, '/v1/topics/close', { body: encodeCloseRequest(request), signal })
  return answer instanceof Uint8Array ? { ok: true } : answer
}

type ProtobufOptions = { body: Uint8Array; signal: AbortSignal | undefined }

async function postProtobuf(
  connection: Connection,
  path: string,
  { body, signal }: ProtobufOptions,
): Promise<Uint8Array | LaneRefusal> {
  const response = await post(connection, path, { body, contentType, accept: contentType, signal })
  if (response.ok) return readBytes(response, signal)
  const text = await readText(response, signal)
  const refusal = refusalOf(response.status, safeJson(text))
  if (!refusal) throw errorFrom(response.status, text)
  return refusal
}

/** Whatever has a code is an answer, unless the node speaks of its own trouble (`node.…`). */
function refusalOf(status: number, json: unknown): LaneRefusal | undefined {
  if (!isRecord(json) || typeof json.code !== 'string' || json.code.startsWith('node.')) return undefined
  const missing = Array.isArray(json.missing) ? json.missing.flatMap(missingOf) : []
  return {
    ok: false,
    status,
    code: json.code,
    message: problemFromJson(status, json).message,
    missing,
    ...(typeof json.home === 'string' && { home: json.home }),
  }
}

function missingOf(json: unknown): MissingCondition[] {
  if (!isRecord(json) || typeof json.condition !== 'string') return []
  const price = priceFromJson(json.price)
  return [
    {
      condition: json.condition,
      ...(typeof json.explanation === 'string' && { explanation: json.explanation }),
      ...(price !== undefined && { price }),
    },
  ]
}
