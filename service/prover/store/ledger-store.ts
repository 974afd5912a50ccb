import type { NetworkTerms } from '@pennypost/sdk/codec'
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

/** A secret that is everybody's, of a stake that was slashed. */
export type Leaked = Place & {
  readonly kind: 'leaked'
  readonly secret: bigint
  /** Unix seconds until which tickets made with it may count. */
  readonly until: number
}

/** Who took office as signers of checkpoints. */
export type OfficeTaken = Place &
  Office & {
    readonly kind: 'office'
    /** Of the block, unix seconds. */
    readonly time: number
  }

/** The network's terms, as they were set. */
export type TermsSet = Place & { readonly kind: 'terms'; readonly terms: NetworkTerms }

/** Who signs checkpoints, how many of them are enough, and until when, unix seconds; 0 where nobody does. */
export type Office = { readonly signers: readonly Address[]; readonly threshold: number; readonly endsAt: number }

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
export type LedgerEvent = Staked | Leaked | OfficeTaken | TermsSet | Connected

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

  /** Secrets that are out at a block and count until its time (unix seconds) or later: the newest, each once. */
  leaksAt(at: { block: bigint; time: number; limit: number }): Promise<bigint[]>
  /** How often secrets were said to be out, to the end of a block. */
  leakCount(block: bigint): Promise<number>
  /** How often connections were made or taken back, to the end of a block. */
  connectionChanges(block: bigint): Promise<number>
  /** Notes of the log, appended in some blocks, that are of a class of stakes and that no stake declared: by their places. */
  undeclaredStakes(notes: { classes: readonly bigint[]; after: bigint; until: bigint }): Promise<number[]>
  /** Every office that there was, oldest first. */
  offices(): Promise<OfficeTaken[]>
  /** How often an office or terms came into force, to the end of a block. */
  registryChanges(block: bigint): Promise<number>
  /** Who was in office at the end of a block; undefined where the chain did not say yet. */
  officeAt(block: bigint): Promise<OfficeTaken | undefined>
  /** The terms at the end of a block. */
  termsAt(block: bigint): Promise<NetworkTerms | undefined>
  /** The first block at whose end the registry has said who is in office, and there are terms. */
  officeBegins(): Promise<bigint | undefined>
  /** The first block after one in which an office, the terms or the secrets that are out changed. */
  changeAfter(block: bigint): Promise<bigint | undefined>
  /** Stakes that declared one of these hashes of their secrets. */
  stakesWith(secretHashes: readonly bigint[]): Promise<Staked[]>
  /** Stakes whose declared opening is not that of their commitment. */
  falseStakes(): Promise<Staked[]>
  /** Names the newest stake: another name, and there are others. */
  newestStake(): Promise<string | undefined>
  /** Connections of an account, on either side, that were not taken back and are not over at `now`. */
  connectionsOf(account: Address, now: number): Promise<Connected[]>
}
