import { type Address, equalBytes } from '../../crypto/index.ts'
import { type HeldConnection, heldConnections, readHeld } from '../postage/held-connection.ts'
import type { Session } from '../session/session.ts'
import type { ConnectionContent } from './connection-content.ts'

type Context = {
  readonly log: Pick<Session['log'], 'all'>
  readonly copies: Pick<Session['copies'], 'keep'>
  readonly network: Pick<Session['network'], 'id'>
  readonly clock: Pick<Session['clock'], 'seconds'>
}

/** Of one account, for ever: it must not be able to fill this account's log. */
const mostConnections = 8

/** A connection that the peer granted goes to the log, once. */
export async function keepConnection(
  context: Context,
  { sender, content }: { readonly sender: Address; readonly content: ConnectionContent },
): Promise<void> {
  const held = readHeld(content)
  if (held?.owner !== sender || !isFor(context, held)) return
  const known = heldConnections(context.log)
  if (known.some(({ statement }) => equalBytes(statement.holder, held.statement.holder))) return
  if (known.filter(({ owner }) => owner === sender).length >= mostConnections) return
  await context.copies.keep({ case: 'connection', value: content })
}

const isFor = ({ network, clock }: Context, { statement: { networkId, expiresAt } }: HeldConnection): boolean =>
  equalBytes(networkId, network.id) && Number(expiresAt) > clock.seconds()
