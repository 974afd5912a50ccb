import type { TrusteeChoice, UnattendedQuote } from '@pennypost/sdk'
import { type Signal, signal } from '@preact/signals'

/** Where the account that is written to has published no keys: who keeps the letter's key. */
export type Keeping = {
  /** How it would be kept, by what was asked last; undefined where the account has keys, or nothing was asked yet. */
  readonly unattended: Signal<UnattendedQuote | undefined>
  readonly escrow: Signal<'sender' | TrusteeChoice>
  /** Chooses who keeps it; what that takes is then to be asked anew. */
  keepBy(choice: 'sender' | TrusteeChoice): void
  /** Forgets it, for a letter that goes to another account from now on. */
  readdress(): void
}

/** The sender's own account keeps it unless something else is chosen. `stop` ends what was asked before. */
export function startKeeping(stop: () => void): Keeping {
  const unattended = signal<UnattendedQuote | undefined>(undefined)
  const escrow = signal<'sender' | TrusteeChoice>('sender')
  return {
    unattended,
    escrow,
    keepBy(choice) {
      escrow.value = choice
      stop()
    },
    readdress() {
      unattended.value = undefined
      escrow.value = 'sender'
      stop()
    },
  }
}
