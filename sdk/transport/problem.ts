import type { Answer, Peer } from './exchange.ts'
import { quoteText } from './peer-text.ts'

/**
 * What a node says when it does not do what was asked. `reason` is its own code (`area.reason`) where it gives one, else
 * the number of gRPC, else the status. `message` quotes the node: its words are not the client's.
 */
export type Problem = { status: number; reason: string | number; message: string; grpc?: number }

/** A code as nodes and provers have it. */
const codePattern = /^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$/

/** Our nodes put their code before the text that stock clients see. */
const codedText = /^([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*): ([\s\S]*)$/

/** The numbers of gRPC that are no success. */
const isGrpcCode = (code: unknown): code is number => Number.isInteger(code) && Number(code) >= 1 && Number(code) <= 16

const textDecoder = new TextDecoder()

/** The text of an answer. */
export const textOf = ({ bytes }: Answer): string => textDecoder.decode(bytes)

/** JSON where there is some. */
export function safeJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A refusal in our own form: problem+json (RFC 9457) with a code. Anything else did not come from where we asked. */
export function ownProblemOf(answer: Answer): (Record<string, unknown> & { code: string }) | undefined {
  if (mediaTypeOf(answer) !== 'application/problem+json') return undefined
  const json = safeJson(textOf(answer))
  if (!isRecord(json) || typeof json.code !== 'string' || !isCode(json.code)) return undefined
  return json.status === undefined || json.status === answer.status ? { ...json, code: json.code } : undefined
}

/**
 * A refusal in a node's own form: problem+json with a code, or the JSON of XMTP V2's gateway with a number of gRPC.
 * Undefined is no node's word: a proxy, a portal or a load balancer has answered in its place.
 */
export function nodeProblemOf(answer: Answer): Problem | undefined {
  const own = ownProblemOf(answer)
  if (own) return { status: answer.status, reason: own.code, message: messageOf('node', own) }
  const isJson = mediaTypeOf(answer) === 'application/json'
  return isJson ? grpcProblemOf(answer.status, safeJson(textOf(answer))) : undefined
}

/** Reads the gateway's `{ code, message, details }`. */
export function grpcProblemOf(status: number, json: unknown): Problem | undefined {
  const { code, message, details } = isRecord(json) ? json : {}
  if (!isGrpcCode(code) || typeof message !== 'string') return undefined
  const [, written = code, rest = message] = codedText.exec(message.slice(0, 10_000)) ?? []
  return { status, reason: reasonIn(details) ?? written, message: quoteText('node', rest), grpc: code }
}

/** The code in a gateway's details: texts that stock clients know have none before them. */
function reasonIn(details: unknown): string | undefined {
  const [info] = Array.isArray(details) ? details : []
  const isOurs = isRecord(info) && info['@type'] === errorInfo && info.domain === 'pennypost'
  return isOurs && typeof info.reason === 'string' && isCode(info.reason) ? info.reason : undefined
}

const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo'

/** The words of a refusal, marked as those of whoever said them. */
export function messageOf(peer: Peer['name'], { detail, title, code }: Record<string, unknown>): string {
  const text = [detail, title, code].find((part) => typeof part === 'string' && part !== '')
  return quoteText(peer, String(text))
}

const isCode = (code: string): boolean => code.length <= 100 && codePattern.test(code)

const mediaTypeOf = ({ contentType }: Answer): string => contentType.split(';')[0]?.trim().toLowerCase() ?? ''

/** Whether a successful answer is a page for people: then a portal or a proxy has answered. */
export const isPage = (contentType: string): boolean => /^\s*(text\/html|application\/xhtml)/i.test(contentType)
