import type { TrusteeAccount } from '@pennypost/sdk'
import type { Clock } from '../plugins/clock.ts'
import type { Book } from './book.ts'
import type { TrusteeConfig } from './config.ts'
import type { Metrics } from './metrics.ts'
import type { TrusteeStore } from './store/index.ts'
import type { Vault } from './vault.ts'

/** What the parts of a trustee work with. */
export type Context = {
  readonly account: TrusteeAccount
  readonly store: TrusteeStore
  readonly vault: Vault
  readonly book: Book
  readonly config: Pick<TrusteeConfig, 'mostDeposits' | 'mostOfRecipient' | 'longestDays'>
  readonly metrics: Metrics
  readonly log: Log
  readonly clock: Clock
  /** Ends with the trustee. */
  readonly signal: AbortSignal
}

/** Hears of faults, by their codes alone. */
export type Log = { warn(what: { readonly code: string }, text: string): void }
