import { encodeWords, fromBytes } from '../crypto/abi.ts'
import { concatBytes, equalBytes, utf8 } from '../crypto/bytes.ts'
import { BaseError } from '../errors.ts'
import { requireLength } from './message.ts'

/** Who may write to whom, until when. */
export type ConnectionStatement = {
  /** 32 bytes. */
  readonly networkId: Uint8Array
  /** The granting account's address, 20 bytes. */
  readonly owner: Uint8Array
  /** The holder of every lane this opens, 32 bytes. */
  readonly holder: Uint8Array
  /** What the owner revokes, 16 bytes. */
  readonly serial: Uint8Array
  /** Unix seconds. */
  readonly expiresAt: bigint
}

const statementLength = 5 * 32

/** Encodes the part of a connection that the recipient signs: its fields as `abi.encode` writes unsigned integers. */
export function encodeConnectionStatement(statement: ConnectionStatement): Uint8Array {
  const { networkId, owner, holder, serial, expiresAt } = statement
  requireLength('networkId', networkId, 32)
  requireLength('owner', owner, 20)
  requireLength('holder', holder, 32)
  requireLength('serial', serial, 16)
  return encodeWords([networkId, owner, holder, fromBytes(serial), expiresAt])
}

/** Decodes a connection's statement; throws a typed error on anything but the one encoding. */
export function decodeConnectionStatement(bytes: Uint8Array): ConnectionStatement {
  requireLength('a connection statement', bytes, statementLength)
  const statement = {
    networkId: bytes.slice(0, 32),
    owner: bytes.slice(44, 64),
    holder: bytes.slice(64, 96),
    serial: bytes.slice(112, 128),
    expiresAt: fromBytes(bytes.subarray(152)),
  }
  if (equalBytes(encodeConnectionStatement(statement), bytes)) return statement
  throw new ConnectionMalformedError('A field of the connection statement is too large.')
}

/** What a recipient's identity key signs, hashed with keccak256, to grant a connection. */
export const connectionStatement = (statement: Uint8Array): Uint8Array =>
  concatBytes(utf8('pennypost/connection/v1'), statement)

/** A connection statement outside its one encoding. */
export class ConnectionMalformedError extends BaseError {
  override readonly code = 'connection.malformed'
}
