import { type Deposit, decodeDeposit } from '@pennypost/sdk/codec'
import type { Entry } from './book.ts'
import type { Context } from './context.ts'
import type { DepositRow } from './store/index.ts'

/** A deposit with all that is held of it. */
export type Opened = { readonly entry: Entry; readonly row: DepositRow; readonly deposit: Deposit }

/** Reads and decrypts a deposit; undefined where it is not there any more. */
export async function openEntry(
  { store, vault }: Pick<Context, 'store' | 'vault'>,
  entry: Entry,
): Promise<Opened | undefined> {
  const row = await store.deposit(entry.number)
  return row && { entry, row, deposit: decodeDeposit(vault.open(row.sealed, row.id)) }
}
