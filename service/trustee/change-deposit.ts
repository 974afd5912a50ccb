import { type EscrowMessage, encodeDeposit } from '@pennypost/sdk/codec'
import { isChange } from '@pennypost/sdk/escrow'
import { isEnd } from './check-deposit.ts'
import type { Context } from './context.ts'
import type { Opened } from './opened.ts'

type Change = Extract<EscrowMessage['kind'], { case: 'change' }>['value']

/**
 * Does what a depositor says with a deposit: another end, or none of it any more. What is not its newest word changes nothing; of two
 * that are as new, said by two clients within a second, the later end holds, whichever comes first.
 */
export async function changeDeposit(context: Context, opened: Opened, change: Change): Promise<void> {
  const { store, metrics } = context
  const { row } = opened
  const { expiresAt, version } = change
  const isNewer = version > row.version || (version === row.version && expiresAt > row.expiresAt)
  if (row.state !== 'held' || !isNewer || !isToBeDone(context, opened, change)) return
  const isDone = await store.change(
    row.number,
    expiresAt === 0n ? { version, emptied: emptiedOf(context, opened) } : { version, expiresAt },
  )
  if (isDone) metrics.changed.inc()
}

function isToBeDone({ account, config, clock }: Context, { deposit }: Opened, change: Change): boolean {
  const { expiresAt, version, signature } = change
  const isKept = expiresAt === 0n || isEnd(expiresAt, { now: clock(), ...config })
  const { letter, depositor } = deposit
  return isKept && isChange(account.networkId, { letter, expiresAt, version, signature }, depositor)
}

/** What is kept of a deposit whose share is deleted, encrypted. */
export const emptiedOf = ({ vault }: Pick<Context, 'vault'>, { deposit, row }: Opened): Uint8Array =>
  vault.seal(encodeDeposit({ ...deposit, share: new Uint8Array() }), row.id)
