import { BaseError, type ErrorOptions } from '../errors.ts'

/**
 * What a node says when it does not do what was asked. `reason` is its own code (`area.reason`) where it gives one, else
 * the number of gRPC, else the status.
 */
export type Problem = { status: number; reason: string | number; message: string; grpc?: number }

/** Our nodes put their code before the text that stock clients see. */
const codedText = /^([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*): ([\s\S]*)$/

/** Reads the body of a refusal: the gateway's `{ code, message }`, or problem+json (RFC 9457) with a code. */
export function problemFromJson(status: number, json: unknown): Problem {
  const { code, message, detail, title } = isRecord(json) ? json : {}
  const text = [detail, message, title].find((part) => typeof part === 'string') ?? `The node answered ${status}.`
  if (typeof code !== 'number') return { status, reason: typeof code === 'string' ? code : status, message: text }
  const [, reason = code, rest = text] = codedText.exec(text) ?? []
  return { status, reason, message: rest, grpc: code }
}

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The node understood and refused; asking again changes nothing. */
export class NodeRefusedError extends BaseError {
  override readonly code = 'node.refused'
  /** What the node said. Branch on its `reason`; a status of 401 asks for a fresh token. */
  readonly problem: Problem

  constructor(problem: Problem, options: ErrorOptions = {}) {
    super(problem.message, options)
    this.problem = problem
  }
}

/** The node cannot be reached, is overloaded or failed; asking again may help. */
export class NodeUnavailableError extends BaseError {
  override readonly code = 'node.unavailable'
  /** What the node said, where it said something. */
  readonly problem: Problem | undefined

  constructor(message: string, { problem, ...options }: ErrorOptions & { problem?: Problem } = {}) {
    super(message, options)
    this.problem = problem
  }
}

/** The node answered with something that is not the protocol. */
export class NodeResponseError extends BaseError {
  override readonly code = 'node.response'
}
