import type { Envelope } from '@pennypost/sdk/codec'
import type { Address } from '@pennypost/sdk/crypto'
import type { NodeDeps } from '../deps.ts'
import type { Draft } from '../state/draft.ts'
import type { LaneRecord } from '../store/index.ts'
import type { ResolvedTopic } from './resolve-topic.ts'

/** One envelope that a wallet wants to publish with its token. */
export type TokenEnvelope = { readonly envelope: Envelope; readonly target: ResolvedTopic }

/** A publish that is being decided. */
export type TokenRequest = {
  readonly deps: NodeDeps
  readonly wallet: Address
  /** The network address that it comes from, as the node notes it: made when it is asked for. */
  readonly caller: () => string
  /** Unix seconds, whole. */
  readonly now: number
  readonly sent: readonly TokenEnvelope[]
}

/** The keys of a wallet's lanes by topic. */
export type WalletLanes = ReadonlyMap<string, readonly string[]>

/** Who publishes, when, and what is decided so far. */
export type TokenGate = Omit<TokenRequest, 'sent'> & {
  readonly draft: Draft
  readonly walletLanes: WalletLanes
  /** The lane that each envelope was taken from, where it was. */
  readonly taken: Map<Envelope, LaneRecord>
}
