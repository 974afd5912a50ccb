import { BaseError, type ErrorOptions } from '../errors.ts'
import type { Peer } from './exchange.ts'
import type { Problem } from './problem.ts'

/** The node understood and refused; asking again changes nothing. Its message quotes the node. */
export class NodeRefusedError extends BaseError {
  override readonly code = 'node.refused'
  /** What the node said. Branch on its `reason`; a status of 401 asks for a fresh token. */
  readonly problem: Problem

  constructor(problem: Problem, options: ErrorOptions = {}) {
    super(problem.message, options)
    this.problem = problem
  }
}

/**
 * The node cannot be reached, is overloaded or failed, or something between here and the node has answered in its place;
 * asking again may help.
 */
export class NodeUnavailableError extends BaseError {
  override readonly code = 'node.unavailable'
  /** What the node said, where it said something. */
  readonly problem: Problem | undefined

  constructor(message: string, { problem, ...options }: ErrorOptions & { problem?: Problem } = {}) {
    super(message, options)
    this.problem = problem
  }
}

/** The node answered with something that is not the protocol, or with more than it was asked for. */
export class NodeResponseError extends BaseError {
  override readonly code = 'node.response'
}

/** A node, for {@link exchange}. */
export const nodePeer: Peer = {
  name: 'node',
  unavailable: (message, options) => new NodeUnavailableError(message, options),
  malformed: (message, options) => new NodeResponseError(message, options),
}
