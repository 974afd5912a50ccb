import type { NoteClass } from '@pennypost/sdk/codec'
import type { BlockRef, LedgerEvent, LoggedOperation, Office } from '../store/index.ts'

/** How deep a block must lie before it counts: so many blocks below the newest, or as deep as the chain itself says. */
export type Confirmations = number | 'finalized'

/** What tells one chain from another, also from one that took over its number; and how many notes a tree has room for. */
export type ChainIdentity = { readonly chainId: bigint; readonly genesis: `0x${string}`; readonly capacity: number }

/** The contract's own word on its log: how many operations, and the chain hash after them. */
export type LogClaim = { readonly operations: number; readonly chain: Uint8Array }

/** The registry's own word on office and terms (32 bytes each, zero for terms that there are not), and how often either changed. */
export type RegistryClaim = {
  readonly signersHash: Uint8Array
  readonly termsHash: Uint8Array
  readonly changes: number
}

/** The contracts' own word on what a ledger is made of. */
export type LedgerClaim = {
  /** Undefined without a registry. */
  readonly registry: RegistryClaim | undefined
  /** How often secrets leaked. */
  readonly leakCount: number
  /** The classes of all stakes. Each of their notes was declared. */
  readonly stakeClasses: readonly bigint[]
  /** How often connections were made or taken back. */
  readonly connectionChanges: number
}

/** Who signs checkpoints, and how many of them are enough. */
export type SignerSet = Pick<Office, 'signers' | 'threshold'>

/** What a prover asks a chain. Every method throws {@link ChainUnavailableError} where the chain does not answer. */
export type ChainReader = {
  identity(): Promise<ChainIdentity>
  /** The newest block that counts; undefined while there is none. */
  head(): Promise<BlockRef | undefined>
  /** The block with a number, on the chain as it is now. */
  block(number: bigint): Promise<BlockRef | undefined>
  /** The log's operations in a range of blocks, both ends included, in order. */
  operations(from: bigint, to: bigint): Promise<LoggedOperation[]>
  /** The contract's word at a block. */
  claim(block: bigint): Promise<LogClaim>
  /** All classes of stamps, stakes and payments, on sale or sold before, at a block. */
  classes(block: bigint): Promise<NoteClass[]>
  /** What the contracts beside the tree say at a block. */
  ledgerClaim(block: bigint): Promise<LedgerClaim>
  /** Until when a secret counts as out, unix seconds, as the note tree says at a block; 0 where it never was. */
  leakUntil(secret: bigint, block: bigint): Promise<number>
  /** When a block was made, unix seconds. */
  time(block: bigint): Promise<number>
  /** Stakes, leaks, connections, offices and terms in a range of blocks, both ends included, in order. */
  events(from: bigint, to: bigint): Promise<LedgerEvent[]>
}
