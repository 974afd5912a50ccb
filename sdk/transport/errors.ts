import { BaseError, type ErrorOptions } from '../errors.ts'

/** What a node says when it does not do what was asked. */
export type Problem = { status: number; reason: string | number; message: string }

/** Reads the body of a refusal: the gateway's `{ code, message }`, or problem+json. */
export function problemFromJson(status: number, json: unknown): Problem {
  const { code, message, detail, title } = isRecord(json) ? json : {}
  return {
    status,
    reason: typeof code === 'string' || typeof code === 'number' ? code : status,
    message: [message, detail, title].find((text) => typeof text === 'string') ?? `The node answered ${status}.`,
  }
}

/** Whether a parsed JSON value is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The node understood and refused; asking again changes nothing. `reason` is its own code, `area.reason` or gRPC's. */
export class NodeRefusedError extends BaseError {
  override readonly code = 'node.refused'
  readonly status: number
  readonly reason: string | number

  constructor({ status, reason, message }: Problem, options: ErrorOptions = {}) {
    super(message, options)
    this.status = status
    this.reason = reason
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
