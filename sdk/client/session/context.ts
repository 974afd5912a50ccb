import type { CodecRegistry } from '../../content/index.ts'
import type { RandomBytes } from '../../crypto/index.ts'
import type { Keyring } from '../../identity/index.ts'
import type { AccountLog, SealedKeys } from '../../letters/index.ts'
import type { NodeClient } from '../../transport/index.ts'
import type { Notices } from '../account/notices.ts'
import type { Payments } from '../account/payments.ts'
import type { LaneHomes } from '../lanes/lane-homes.ts'
import type { PaidLetters } from '../postage/paid-letters.ts'
import type { StakeNotes } from '../tickets/stake-notes.ts'
import type { Stakes } from '../tickets/stakes.ts'
import type { Stamps } from '../tickets/stamps.ts'
import type { Clock } from './clock.ts'
import type { Tell } from './events.ts'
import type { ClientNetwork } from './network.ts'
import type { ChainOptions } from './options.ts'
import type { Recorder } from './recorder.ts'

/** What a stamp costs in the token's smallest unit, and what its ticket allows. */
export type StampTerms = { readonly price: bigint; readonly unitsPerTicket: number; readonly laneTtl: number }

/** What the parts of one client share. */
export type ClientContext = {
  readonly node: NodeClient
  readonly network: ClientNetwork
  readonly homes: LaneHomes
  readonly keyring: Keyring
  readonly sealedKeys: SealedKeys
  readonly log: AccountLog
  readonly recorder: Recorder
  readonly stamps: Stamps
  readonly stakes: Stakes
  readonly stakeNotes: StakeNotes
  readonly paidLetters: PaidLetters
  readonly payments: Payments
  readonly notices: Notices
  /** The network's first class of stamps; undefined where none is sold. */
  readonly stampTerms: () => Promise<StampTerms | undefined>
  readonly chain: ChainOptions | undefined
  readonly registry: CodecRegistry
  readonly random: RandomBytes
  readonly clock: Clock
  /** A bearer token of the account, for requests that say whose they are. */
  readonly token: () => string
  readonly tell: Tell
  /** Serials (hex) of connections that the node has refused in this run. */
  readonly refusedConnections: Set<string>
}
