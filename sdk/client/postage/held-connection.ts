import {
  type Connection,
  type ConnectionStatement,
  decodeConnection,
  decodeConnectionStatement,
  type ConnectionHeld as HeldEntry,
} from '../../codec/index.ts'
import { type Address, ed25519PublicKey, equalBytes, toAddress, toHex } from '../../crypto/index.ts'
import type { AccountLog } from '../../log/index.ts'
import { orNothing } from '../session/peer.ts'

/** A connection that this account may use. */
export type HeldConnection = {
  readonly owner: Address
  readonly statement: ConnectionStatement
  readonly connection: Connection
  /** Ed25519 seed of the holder. */
  readonly key: Uint8Array
}

/** Reads a connection with its key; nothing where the two do not belong together. */
export function readHeld({ connection, key }: Pick<HeldEntry, 'connection' | 'key'>): HeldConnection | undefined {
  const [held] = orNothing(() => {
    const decoded = decodeConnection(connection)
    const statement = decodeConnectionStatement(decoded.statement)
    return { owner: toAddress(statement.owner), statement, connection: decoded, key }
  })
  if (!held || key.length !== 32) return undefined
  return equalBytes(ed25519PublicKey(key), held.statement.holder) ? held : undefined
}

/** Whose connection, and which serials (hex) the node has said are good no more. */
export type ConnectionSearch = {
  readonly owner: Address
  readonly networkId: Uint8Array
  readonly now: number
  readonly refused: ReadonlySet<string>
}

/**
 * The connections that this account was granted, each once, however many of its clients have written it down: in the order
 * in which the log had them first.
 */
export function heldConnections(log: Pick<AccountLog, 'all'>): HeldConnection[] {
  const byHolder = new Map<string, HeldConnection>()
  for (const held of log.all('connection').map(readHeld)) {
    const name = held && toHex(held.statement.holder)
    if (name && !byHolder.has(name)) byHolder.set(name, held)
  }
  return [...byHolder.values()]
}

/** The newest connection to an account that still holds. */
export function findConnection(
  log: Pick<AccountLog, 'all'>,
  { owner, networkId, now, refused }: ConnectionSearch,
): HeldConnection | undefined {
  return heldConnections(log).findLast((held) => {
    if (held.owner !== owner || refused.has(toHex(held.statement.serial))) return false
    return equalBytes(held.statement.networkId, networkId) && Number(held.statement.expiresAt) > now
  })
}
