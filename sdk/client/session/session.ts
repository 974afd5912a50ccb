import type { CodecRegistry } from '../../content/index.ts'
import type { RandomBytes } from '../../crypto/index.ts'
import type { Keyring } from '../../identity/index.ts'
import type { SealedKeys } from '../../letters/index.ts'
import type { AccountLog } from '../../log/index.ts'
import type { AnonymousNode, NamedNode } from '../../transport/index.ts'
import type { Sleep } from './beat.ts'
import type { Clock } from './clock.ts'
import type { Copies } from './copies.ts'
import type { Tell } from './events.ts'
import type { ClientNetwork } from './network.ts'
import type { Privacy } from './options.ts'
import type { SealedStorage } from './sealed-storage.ts'
import type { SafeStorage } from './storage.ts'

/** Who the client is, and what it is connected to. No money: that is the purse's. */
export type Session = {
  /** Requests in the account's name. */
  readonly named: NamedNode
  /** Requests that nobody may tie to the account. */
  readonly anonymous: AnonymousNode
  readonly network: ClientNetwork
  readonly keyring: Keyring
  readonly sealedKeys: SealedKeys
  readonly log: AccountLog
  readonly copies: Copies
  readonly registry: CodecRegistry
  readonly storage: SafeStorage
  /** The same, for what nobody but the account's clients may read. */
  readonly sealed: SealedStorage
  readonly privacy: Privacy
  readonly random: RandomBytes
  readonly clock: Clock
  readonly sleep: Sleep
  readonly tell: Tell
  /** Ends with the client. */
  readonly signal: AbortSignal
}
