import type { Address } from '@pennypost/sdk/crypto'
import type { BlockRef } from './block-ref.ts'

/** Where on the chain something was said. */
type Place = { readonly block: bigint; readonly logIndex: number }

/** A deposit, with the opening that was declared for its note. */
export type Staked = Place & {
  readonly kind: 'staked'
  readonly contract: Address
  readonly staker: Address
  readonly classNumber: number
  readonly leafIndex: number
  readonly commitment: bigint
  readonly secretHash: bigint
  readonly personHash: bigint
}

/** A stake that was slashed by its secret, which is now everybody's. */
export type Revealed = Place & {
  readonly kind: 'revealed'
  readonly leafIndex: number
  readonly secret: bigint
  /** Of the block, unix seconds. */
  readonly time: number
}

/** A connection that was made on the chain, or taken back. */
export type Connected = Place & {
  readonly kind: 'connected' | 'disconnected'
  readonly granter: Address
  readonly writer: Address
  /** Of the attestation, 0x hex. */
  readonly uid: string
  /** Unix seconds; 0 for never. */
  readonly expiresAt: number
}

/** What the prover keeps of contracts other than the note tree. */
export type LedgerEvent = Staked | Revealed | Connected

/** The part of the store that follows stakes and connections, with a position of its own. */
export type LedgerStore = {
  /** What is followed; undefined in a new store. */
  ledgerSource(): Promise<string | undefined>
  /** Forgets everything and follows something else. */
  resetLedger(source: string): Promise<void>
  /** The newest blocks that were read to their end, newest first. */
  ledgerBlocks(): Promise<BlockRef[]>
  /** Adds what was read up to the end of a block; all of it or nothing. */
  appendEvents(events: readonly LedgerEvent[], block: BlockRef): Promise<void>
  /** Forgets all that is newer than a block. */
  rollbackLedger(block: bigint): Promise<void>

  /** Secrets that came out after a time (unix seconds), the newest first. */
  revealedSince(time: number, limit: number): Promise<bigint[]>
  /** Stakes that declared one of these hashes of their secrets. */
  stakesWith(secretHashes: readonly bigint[]): Promise<Staked[]>
  /** Stakes whose declared opening is not that of their commitment. */
  falseStakes(): Promise<Staked[]>
  /** Names the newest stake: another name, and there are others. */
  newestStake(): Promise<string | undefined>
  /** Connections of an account, on either side, that were not taken back and are not over at `now`. */
  connectionsOf(account: Address, now: number): Promise<Connected[]>
}
