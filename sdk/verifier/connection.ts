import {
  type Connection,
  type ConnectionStatement,
  connectionStatement,
  decodeConnectionStatement,
} from '../codec/lane.ts'
import { equalBytes } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'
import { type CheckedBlocks, isBlocked } from './block-list.ts'
import { isSignedBy } from './identity-signature.ts'
import { type Refusal, refuse } from './refusal.ts'

/** What a connection must fit. */
export type ConnectionTarget = {
  readonly networkId: Uint8Array
  /** The account written to, 20 bytes; connections are for first contact only. */
  readonly recipient: Uint8Array | undefined
  /** The holder of the lane it opens. */
  readonly holder: Uint8Array
  /** Unix seconds. */
  readonly now: number
  /** Where the recipient says which connections it has taken back. */
  readonly blocks: CheckedBlocks | undefined
}

/** Checks a connection: cheap comparisons first, the two signatures last. */
export function checkConnection(connection: Connection, target: ConnectionTarget): Refusal | undefined {
  try {
    return (
      checkStatement(decodeConnectionStatement(connection.statement), target) ?? checkSignatures(connection, target)
    )
  } catch (error) {
    if (error instanceof BaseError)
      return refuse('connection.invalid', `The connection cannot be read. ${error.message}`)
    throw error
  }
}

function checkStatement(statement: ConnectionStatement, target: ConnectionTarget): Refusal | undefined {
  const fits =
    equalBytes(statement.networkId, target.networkId) &&
    target.recipient !== undefined &&
    equalBytes(statement.owner, target.recipient) &&
    equalBytes(statement.holder, target.holder)
  if (!fits) return refuse('connection.not-for-this', 'The connection is for another recipient, network or holder.')
  if (Number(statement.expiresAt) <= target.now) {
    return refuse('connection.expired', 'The connection has expired. Ask the recipient for a new one.')
  }
  if (isBlocked(target.blocks, { kind: 'connection', value: statement.serial })) {
    return refuse('connection.revoked', 'The recipient has revoked the connection.')
  }
  return undefined
}

function checkSignatures(
  connection: Connection,
  { recipient = new Uint8Array(20) }: ConnectionTarget,
): Refusal | undefined {
  const isSigned = isSignedBy(recipient, connectionStatement(connection.statement), connection)
  return isSigned ? undefined : refuse('connection.invalid', 'The recipient has not signed the connection.')
}
