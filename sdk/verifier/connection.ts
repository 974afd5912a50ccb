import { recoverWallet } from '../codec/identity-text.ts'
import {
  type Connection,
  type ConnectionStatement,
  connectionStatement,
  decodeConnectionStatement,
} from '../codec/lane.ts'
import { readLegacyKey, readSignature } from '../codec/public-key.ts'
import { toAddress } from '../crypto/address.ts'
import { equalBytes, toHex } from '../crypto/bytes.ts'
import { keccak256 } from '../crypto/hash.ts'
import { verifyDigest } from '../crypto/secp256k1.ts'
import { BaseError } from '../errors.ts'
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
  /** Serials taken back, in hex. */
  readonly revoked: ReadonlySet<string>
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
    return refuse('connection.expired', 'The connection is over. Ask the recipient for a new one.')
  }
  if (target.revoked.has(toHex(statement.serial))) {
    return refuse('connection.revoked', 'The recipient has taken the connection back.')
  }
  return undefined
}

function checkSignatures(
  connection: Connection,
  { recipient = new Uint8Array(20) }: ConnectionTarget,
): Refusal | undefined {
  const identityKey = readLegacyKey(connection.identityKey, 'wallet')
  const { bytes } = readSignature(connection.signature)
  const isSigned =
    verifyDigest(bytes, keccak256(connectionStatement(connection.statement)), identityKey.publicKey) &&
    recoverWallet(identityKey) === toAddress(recipient)
  return isSigned ? undefined : refuse('connection.invalid', 'The recipient has not signed the connection.')
}
