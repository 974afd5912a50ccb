import {
  decodePublishResponse,
  decodeSignedGrant,
  encodeCloseRequest,
  encodeLaneRequest,
  encodePublishRequest,
  type Receipt,
  type SignedGrant,
} from '../codec/index.ts'
import type { Answer } from './exchange.ts'
import { cleanText, longestText } from './peer-text.ts'
import { isRecord, messageOf, ownProblemOf } from './problem.ts'
import { assertOk, type Connection, post } from './request.ts'

/** What a lane is asked with. */
export type LaneRequestInit = Parameters<typeof encodeLaneRequest>[0]

/** What is published under a lane. */
export type LanePublishInit = Parameters<typeof encodePublishRequest>[0]

/** What ends a conversation's topic. */
export type CloseTopicInit = Parameters<typeof encodeCloseRequest>[0]

/** A condition that would help, in the policy language and in words, and what it costs in the token's smallest unit. */
export type MissingCondition = { condition: string; explanation?: string | undefined; price?: bigint | undefined }

/** A node's refusal of a lane or of what is published under it: problem+json (RFC 9457) with a code to branch on. */
export type LaneRefusal = {
  ok: false
  status: number
  code: string
  /** What happened and what would help, for a person: a quotation of the node. */
  message: string
  /** In the node's words. What it says of prices is left out: senders reckon them from what signers say. */
  missing: readonly Omit<MissingCondition, 'price'>[]
}

/** The node's receipts for what was published. */
export type Receipts = { readonly ok: true; readonly receipts: readonly Receipt[] }

const contentType = 'application/x-protobuf'

/** Opens a lane: the node's grant, or why not. */
export async function requestLane(
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
): Promise<Receipts | LaneRefusal> {
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
  const answer = await post(connection, path, { body, contentType, accept: contentType, signal })
  const isRefusal = answer.status < 200 || answer.status > 299
  return (isRefusal && refusalOf(answer)) || assertOk(answer).bytes
}

/** What a node says of its own trouble: nothing was decided. */
const ownTrouble = /^(node|server|database)\./

/** Whatever has a code is an answer, unless the node speaks of its own trouble. */
function refusalOf(answer: Answer): LaneRefusal | undefined {
  const json = ownProblemOf(answer)
  if (!json || ownTrouble.test(json.code)) return undefined
  const { status } = answer
  const { code, missing } = json
  return {
    ok: false,
    status,
    code,
    message: messageOf('node', json),
    missing: Array.isArray(missing) ? missing.slice(0, mostMissing).flatMap(missingOf) : [],
  }
}

/** Leaves of a policy. */
const mostMissing = 64

function missingOf(json: unknown): LaneRefusal['missing'] {
  if (!isRecord(json) || typeof json.condition !== 'string' || json.condition.length > longestText) return []
  const explanation = typeof json.explanation === 'string' ? cleanText(json.explanation) : undefined
  return [{ condition: json.condition, explanation }]
}
