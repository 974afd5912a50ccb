import type { StepOptions } from '../session/events.ts'
import type { FactClaims } from '../tickets/fact-claims.ts'
import type { FactNotes } from '../tickets/fact-notes.ts'
import type { StakeNotes } from '../tickets/stake-notes.ts'
import type { Stamps } from '../tickets/stamps.ts'
import type { PaidLetters } from './paid-letters.ts'

/** What a stamp costs in the token's smallest unit, and what its ticket allows. */
export type StampTerms = { readonly price: bigint; readonly unitsPerTicket: number; readonly laneTtl: number }

/** What an account pays with. */
export type Purse = {
  readonly stamps: Stamps
  readonly stakeNotes: StakeNotes
  readonly factNotes: FactNotes
  readonly factClaims: FactClaims
  readonly paidLetters: PaidLetters
  /** The worker's module, where a bundler has moved it. */
  readonly workerUrl: URL | string | undefined
  /** Serials (hex) of connections that the node has refused in this run. */
  readonly refusedConnections: Set<string>
  /** The network's first class of stamps, as the signed checkpoint has it; undefined where none is sold. */
  readonly stampTerms: (options?: StepOptions) => Promise<StampTerms | undefined>
}
