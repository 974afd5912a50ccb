import {
  decodePublishResponse,
  decodeSignedGrant,
  encodeLaneRequest,
  encodePublishRequest,
  type Receipt,
  type SignedGrant,
} from '../codec/index.ts'
import { isRecord, NodeUnavailableError } from './errors.ts'
import { type Connection, errorFrom, post, readBytes, readText, safeJson } from './request.ts'

/** What a lane is asked with. */
export type LaneRequestInit = Parameters<typeof encodeLaneRequest>[0]

/** What is published under a lane. */
export type LanePublishInit = Parameters<typeof encodePublishRequest>[0]

/** A condition that would help, in the policy language, and what it costs in the token's smallest unit. */
export type MissingCondition = { condition: string; price?: bigint }

/** A node's refusal of a lane or of what is published under it: problem+json (RFC 9457) with a code to branch on. */
export type LaneRefusal = {
  ok: false
  status: number
  code: string
  /** What happened and what would help, for a person. */
  message: string
  missing: readonly MissingCondition[]
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

type ProtobufOptions = { body: Uint8Array; signal: AbortSignal | undefined }

async function postProtobuf(
  connection: Connection,
  path: string,
  { body, signal }: ProtobufOptions,
): Promise<Uint8Array | LaneRefusal> {
  const response = await post(connection, path, { body, contentType, accept: contentType, signal })
  if (response.ok) return readBytes(response, signal)
  const text = await readText(response, signal)
  const error = errorFrom(response.status, text)
  const refusal = error instanceof NodeUnavailableError ? undefined : refusalOf(response.status, text)
  if (!refusal) throw error
  return refusal
}

function refusalOf(status: number, text: string): LaneRefusal | undefined {
  const json = safeJson(text)
  if (!isRecord(json) || typeof json.code !== 'string') return undefined
  const message = [json.detail, json.title, json.message].find((part) => typeof part === 'string') ?? json.code
  const missing = Array.isArray(json.missing) ? json.missing.flatMap(missingOf) : []
  return { ok: false, status, code: json.code, message, missing }
}

function missingOf(json: unknown): MissingCondition[] {
  if (!isRecord(json) || typeof json.condition !== 'string') return []
  const { condition, price } = json
  const isPrice = typeof price === 'string' && /^\d{1,78}$/.test(price)
  return [{ condition, ...(isPrice && { price: BigInt(price) }) }]
}
