import { type EscrowMessage, encodeDeposit } from '@pennypost/sdk/codec'
import { isChange } from '@pennypost/sdk/escrow'
import { isEnd, latestEnd } from './check-deposit.ts'
import type { Context } from './context.ts'
import type { Opened } from './opened.ts'
import type { Send } from './send.ts'

type Change = Extract<EscrowMessage['kind'], { case: 'change' }>['value']

/**
 * Does what a depositor says with a deposit: another end, or none of it any more. What is not its newest word changes nothing; of two
 * that are as new, said by two clients within a second, the later end holds, whichever comes first.
 */
export async function changeDeposit(
  context: Context,
  opened: Opened,
  { change, send }: { readonly change: Change; readonly send: Send },
): Promise<void> {
  const { store, metrics } = context
  const { row } = opened
  const { expiresAt, version } = change
  const isNewer = version > row.version || (version === row.version && expiresAt > row.expiresAt)
  if (row.state !== 'held' || !isNewer || !isSaid(context, opened, change)) return
  const terms = { now: context.clock(), ...context.config }
  if (expiresAt !== 0n && !isEnd(expiresAt, terms))
    return refuseEnd(context, opened, { change, latest: latestEnd(terms), send })
  const isDone = await store.change(
    row.number,
    expiresAt === 0n ? { version, emptied: emptiedOf(context, opened) } : { version, expiresAt },
  )
  if (isDone) metrics.changed.inc()
}

/** Whether the depositor has said so. */
function isSaid({ account }: Context, { deposit }: Opened, change: Change): boolean {
  const { expiresAt, version, signature } = change
  const { letter, depositor } = deposit
  return isChange(account.networkId, { letter, expiresAt, version, signature }, depositor)
}

type Refusing = { readonly change: Change; readonly latest: bigint; readonly send: Send }

/** Once for each version: who has the header may repeat it. */
async function refuseEnd({ account }: Context, { entry, deposit }: Opened, { change, latest, send }: Refusing) {
  const { expiresAt, version } = change
  if (expiresAt <= latest || version <= (entry.refusedVersion ?? 0)) return // what is over already is no end at all
  entry.refusedVersion = version
  await send(deposit, account.refuseEnd(deposit, { version, latest }))
}

/** What is kept of a deposit whose share is deleted, encrypted. */
export const emptiedOf = ({ vault }: Pick<Context, 'vault'>, { deposit, row }: Opened): Uint8Array =>
  vault.seal(encodeDeposit({ ...deposit, share: new Uint8Array() }), row.id)
